import Checkpoints
import Foundation
import StreamingT2V
import TestSupport
import Testing
import Torch
import VideoModels
import VideoIO

/// A model in the pieces of the release makes the same video as the folder with all of it.
@Suite struct ModelPiecesTests {
    private let scratch: Scratch
    private let whole: ModelFolder

    init() throws {
        scratch = try Scratch()
        whole = try SynthesizedModel.folder()
    }

    private func path(_ name: String) -> URL { scratch.folder.appending(path: name) }

    /// A weight file of its own name, with its sizes beside it, as `torch.save` writes it.
    private func pickled(_ component: ModelFolder.Component, _ name: String) throws -> URL {
        let url = path(name)
        try TorchArchive.write(openCheckpoint(whole.weights(component)), to: url)
        try FileManager.default.copyItem(
            at: whole.folder(component).appending(path: "config.json"),
            to: url.deletingPathExtension().appendingPathExtension("json"))
        return url
    }

    /// The base folder without what the other pieces bring.
    private func base(without components: [ModelFolder.Component]) throws -> URL {
        let url = path("base")
        try FileManager.default.copyItem(at: whole.url, to: url)
        for component in components {
            try FileManager.default.removeItem(at: url.appending(path: component.rawValue))
        }
        return url
    }

    private static func video(_ model: ModelFolder) async throws -> [RGBFrame] {
        try await VideoGenerator(model: model).frames(.tiny(frames: 24))
    }

    @Test func theReleasesCombination() async throws {
        var pieces = ModelPieces()
        pieces.base = try base(without: [.streaming, .imageEncoder])
        pieces.streaming = try pickled(.streaming, "streaming_t2v.ckpt")
        pieces.imageEncoder = try pickled(.imageEncoder, "open_clip_pytorch_model.bin")
        let made = try await Self.video(pieces.assembled())
        #expect(made.count == 24)
        #expect(try await made == Self.video(whole))
    }

    /// The checkpoint carries autoencoder, text transformer and image transformer.
    @Test func theCheckpointBringsWhatIsMissing() async throws {
        var pieces = ModelPieces()
        pieces.base = try base(without: [.streaming, .imageEncoder, .vae, .textEncoder])
        pieces.streaming = try pickled(.streaming, "streaming_t2v.ckpt")
        let model = try pieces.assembled()
        // The same networks behind other prefixes have other random values.
        let video = try await Self.video(model)
        #expect(video.count == 24)
        #expect(try await video != Self.video(whole))
        let hashes = try model.weightHashes()
        #expect(
            hashes.keys.sorted() == [
                "streaming/streaming_t2v.ckpt", "unet/diffusion_pytorch_model.safetensors",
            ])
    }

    @Test func singleFilesMakeAModel() throws {
        var pieces = ModelPieces()
        pieces.base = whole.weights(.unet)
        pieces.streaming = whole.folder(.streaming)
        pieces.autoencoder = whole.weights(.vae)
        pieces.textEncoder = whole.url  // a model with the part in it
        pieces.tokenizer = whole.folder(.tokenizer)
        pieces.imageEncoder = whole.weights(.imageEncoder)
        let model = try pieces.assembled()
        // Without a folder of its own the model is sampled as the release is.
        #expect(try model.generationDefaults() == GenerationDefaults())
        #expect(try model.scheduler() == whole.scheduler())
        #expect(try model.unetConfiguration() == whole.unetConfiguration())
        _ = try VideoGenerator(model: model)
        // A file that brings no sizes has the published ones.
        let alone = path("alone.safetensors")
        try FileManager.default.copyItem(at: whole.weights(.vae), to: alone)
        pieces.autoencoder = alone
        #expect(try pieces.assembled().autoencoderConfiguration() == AutoencoderConfiguration())
    }

    @Test func oldAutoencodersAndOpenCLIPTextsAreRead() throws {
        let folder = try SynthesizedModel.copy(to: scratch)
        let file = folder.weights(.vae)
        let archive = try openCheckpoint(file)
        let tensors = try archive.names.map { name in
            var old = name
            if name.contains("attentions.0") {
                for (new, former) in [
                    ("to_q", "query"), ("to_k", "key"), ("to_v", "value"),
                    ("to_out.0", "proj_attn"),
                ] { old = old.replacing(".\(new).", with: ".\(former).") }
            }
            return (name: old, tensor: try archive.tensor(name))
        }
        #expect(tensors.contains { $0.name.hasSuffix(".proj_attn.bias") })
        try saveTensors(tensors, to: file)
        let latents = try RandomGenerator(seed: 1).normal([1, 4, 4, 4], .data)
        #expect(
            try folder.autoencoder().decode(latents).values(as: Float.self)
                == whole.autoencoder().decode(latents).values(as: Float.self))

        // OpenCLIP stores queries, keys and values as one, and a layer more.
        let text = try openCheckpoint(folder.weights(.textEncoder))
        func tensor(_ name: String) throws -> Tensor { try text.tensor("text_model.\(name)") }
        var openCLIP: [(name: String, tensor: Tensor)] = [
            ("token_embedding.weight", try tensor("embeddings.token_embedding.weight")),
            ("positional_embedding", try tensor("embeddings.position_embedding.weight")),
            ("logit_scale", try Tensor.zeros([])),
        ]
        for part in ["weight", "bias"] {
            openCLIP.append(("ln_final.\(part)", try tensor("final_layer_norm.\(part)")))
            for layer in 0...1 {
                let from = "encoder.layers.0"
                let to = "transformer.resblocks.\(layer)"
                let stacked = try ["q", "k", "v"].map {
                    try tensor("\(from).self_attn.\($0)_proj.\(part)")
                }
                openCLIP.append(
                    ("\(to).attn.in_proj_\(part)", try Tensor.concatenated(stacked, axis: 0)))
                for (ours, theirs) in [
                    ("self_attn.out_proj", "attn.out_proj"), ("layer_norm1", "ln_1"),
                    ("layer_norm2", "ln_2"), ("mlp.fc1", "mlp.c_fc"), ("mlp.fc2", "mlp.c_proj"),
                ] {
                    openCLIP.append(
                        ("\(to).\(theirs).\(part)", try tensor("\(from).\(ours).\(part)")))
                }
            }
        }
        try saveTensors(openCLIP, to: folder.weights(.textEncoder))
        let numbers = try Tensor([Int64](1...77), shape: [1, 77])
        #expect(
            try folder.textEncoder()(numbers).values(as: Float.self)
                == whole.textEncoder()(numbers).values(as: Float.self))
    }

    @Test func whatIsMissingIsNamedTogether() throws {
        let error = #expect(throws: GenerationError.self) { try ModelPieces().assembled() }
        #expect(error.map { "\($0)" }?.contains("base  a text-to-video UNet") == true)
        var pieces = ModelPieces()
        pieces.base = whole.weights(.unet)
        let partial = path("streaming.safetensors")
        let archive = try openCheckpoint(whole.weights(.streaming))
        try saveTensors(
            archive.names.filter { !$0.hasPrefix("image_encoder.") && !$0.hasPrefix("vae.") }
                .map { ($0, try archive.tensor($0)) }, to: partial)
        pieces.streaming = partial
        guard
            case .missingPieces(let lines)? =
                #expect(throws: GenerationError.self, performing: { try pieces.assembled() })
        else { return }
        #expect(lines.map(\.firstField) == ["vae", "image_encoder"])
        #expect(lines.last?.description.contains("open_clip_pytorch_model.bin") == true)
    }

    @Test func foreignTensorsAreRefused() throws {
        let file = path("streaming_t2v.ckpt")
        let archive = try openCheckpoint(whole.weights(.streaming))
        try saveTensors(
            archive.names.map { ($0, try archive.tensor($0)) }
                + [("optimizer.state", Tensor.zeros([1]))], to: file)
        var pieces = ModelPieces()
        pieces.base = whole.url
        pieces.streaming = file
        let model = try pieces.assembled()
        #expect(
            throws: GenerationError.foreignTensors(file: file.path, names: ["optimizer.state"])
        ) { try model.hasOwnStreamingBase() }
    }

    /// One report: what it seems to be, what is missing and unused, and what to pass instead; before the first step,
    /// though the weights would be read only for the second chunk.
    @Test func aWrongFileIsToldBeforeTheFirstStep() async throws {
        let folder = try SynthesizedModel.copy(to: scratch)
        try FileManager.default.removeItem(at: folder.weights(.imageEncoder))
        try FileManager.default.copyItem(
            at: whole.weights(.textEncoder), to: folder.weights(.imageEncoder))
        let generator = try VideoGenerator(model: folder)
        let log = GenerationLog()
        let error = await #expect(throws: CheckpointError.self) {
            try await generator.frames(.tiny(frames: 24), progress: log.append)
        }
        #expect(log.count == 0)
        let message = error.map { "\($0)" } ?? ""
        #expect(message.contains("this seems to be CLIP's text transformer (transformers)"))
        #expect(message.contains("or is given with text_encoder. Needed is OpenCLIP's image"))
        #expect(message.contains("missing: visual.class_embedding [16]"))
        #expect(message.contains("unused: text_model."))
    }
}
