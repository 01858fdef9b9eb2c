import Checkpoints
import Foundation
import StreamingT2V
import TestSupport
import Testing
import Torch
import TorchNN
import VideoModels

/// `enhancer/` in a model folder: what it holds, and what is said about one that is not right.
@Suite struct EnhancerFolderTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    @Test func savedFilesHaveTheReleasesNames() throws {
        let folder = try TinyEnhancer.folder()
        let names = try FileManager.default.contentsOfDirectory(
            atPath: folder.folder(.enhancer).path)
        #expect(
            names.sorted() == [
                "config.json", "diffusion_pytorch_model.safetensors", "enhancement.json",
            ])
        #expect(try folder.enhancerConfiguration() == TinyEnhancer.sizes)
        #expect(try folder.enhancementDefaults() == TinyEnhancer.defaults)
        let network = Vid2VidUNet(TinyEnhancer.sizes)
        try TinyModel.fill(network, seed: 9)
        for (saved, made) in try zip(folder.enhancer().parameters(), network.parameters()) {
            #expect(saved.path == made.path)
            let difference = try (saved.parameter.value - made.parameter.value).absolute()
            #expect(try difference.maximum().item() < 2e-3)  // half precision
        }
    }

    /// A folder with the files of Video-to-Video, as it is downloaded, takes the place of the model's own third stage.
    @Test func filesOfTheReleaseMakeAnEnhancer() async throws {
        let model = try TinyEnhancer.copy(to: scratch)
        let expected = try await VideoEnhancer(model: model).enhanced(3)
        let release = scratch.folder.appending(path: "Video-to-Video")
        try FileManager.default.createDirectory(at: release, withIntermediateDirectories: true)
        for (component, name) in [
            (ModelFolder.Component.enhancer, "non_ema_0035000.pth"),
            (.vae, "v2-1_512-ema-pruned.ckpt"), (.textEncoder, "open_clip_pytorch_model.bin"),
        ] {
            let file = release.appending(path: name)
            try TorchArchive.write(openCheckpoint(model.weights(component)), to: file)
            let sizes =
                component == .enhancer
                ? "config.json" : "\(file.deletingPathExtension().lastPathComponent).json"
            try FileManager.default.copyItem(
                at: model.folder(component).appending(path: "config.json"),
                to: release.appending(path: sizes))
        }
        try FileManager.default.copyItem(
            at: model.folder(.tokenizer), to: release.appending(path: "tokenizer"))
        try FileManager.default.copyItem(
            at: model.folder(.enhancer).appending(path: "enhancement.json"),
            to: release.appending(path: "enhancement.json"))
        // Without any part of its own.
        let empty = scratch.folder.appending(path: "empty")
        try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
        let pieced = ModelFolder(empty).withEnhancer(release)
        #expect(try await VideoEnhancer(model: pieced).enhanced(3) == expected)
        #expect(
            try pieced.weightHashes(for: [.enhancement]).keys.sorted() == [
                "enhancer/non_ema_0035000.pth",
                "enhancer/text_encoder/open_clip_pytorch_model.bin",
                "enhancer/vae/v2-1_512-ema-pruned.ckpt",
            ])
        // A model folder is good for its third stage alone, too; sizes that no file tells are the published ones.
        #expect(
            ModelFolder(empty).withEnhancer(model.url).folder(.enhancer) == model.folder(.enhancer))
        try FileManager.default.removeItem(at: release.appending(path: "config.json"))
        #expect(try pieced.enhancerConfiguration() == Vid2VidConfiguration())
    }

    @Test func folderWithoutDefaultsHasTheReleases() throws {
        let folder = try TinyEnhancer.copy(to: scratch)
        try FileManager.default.removeItem(
            at: folder.folder(.enhancer).appending(path: "enhancement.json"))
        #expect(try VideoEnhancer(model: folder).defaults == EnhancementDefaults())
    }

    @Test func missingEnhancerIsNamed() throws {
        let folder = try SharedModel.folder()
        let error = GenerationError.noEnhancer(folder: folder.url.path)
        #expect(throws: error) { try VideoEnhancer(model: folder) }
        #expect("\(error)".contains("no enhancer/ part") && "\(error)".contains("model"))
        let nowhere = ModelFolder(scratch.folder.appending(path: "none"))
        #expect(
            throws: GenerationError.notAModel(
                folder: nowhere.url.path, missing: "the folder itself")
        ) { try VideoEnhancer(model: nowhere) }
    }

    /// Only what the third stage uses is needed, be it the base model's or the enhancer's own.
    @Test(arguments: [ModelFolder.Component.vae, .textEncoder, .tokenizer])
    func missingPartIsNamed(_ component: ModelFolder.Component) throws {
        let folder = try TinyEnhancer.copy(to: scratch)
        for unused in [ModelFolder.Component.unet, .scheduler, .streaming, .imageEncoder] {
            try FileManager.default.removeItem(at: folder.folder(unused))
        }
        _ = try VideoEnhancer(model: folder)
        let own = ModelFolder(folder.folder(.enhancer)).folder(component)
        try FileManager.default.moveItem(at: folder.folder(component), to: own)
        _ = try VideoEnhancer(model: folder)
        try FileManager.default.removeItem(at: own)
        #expect(
            throws: GenerationError.notAModel(
                folder: folder.url.path, missing: "\(component.rawValue)/")
        ) { try VideoEnhancer(model: folder) }
    }

    /// Parts of the enhancer's own come before the base model's, and their weights are told.
    @Test func ownPartsAreUsed() async throws {
        let folder = try TinyEnhancer.copy(to: scratch)
        let shared = try await VideoEnhancer(model: folder).enhanced(3)
        #expect(
            try folder.weightHashes(for: [.enhancement]).keys.sorted() == [
                "enhancer/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors",
                "vae/diffusion_pytorch_model.safetensors",
            ])
        var other = TinyModel()
        other.autoencoder.scalingFactor = 0.5
        let donor = try other.make(at: scratch.folder.appending(path: "donor"))
        let own = ModelFolder(folder.folder(.enhancer))
        try FileManager.default.copyItem(at: donor.folder(.vae), to: own.folder(.vae))
        #expect(try await VideoEnhancer(model: folder).enhanced(3) != shared)
        let hashes = try folder.weightHashes(for: [.generation, .enhancement])
        #expect(hashes["enhancer/vae/diffusion_pytorch_model.safetensors"]?.count == 64)
        #expect(hashes["vae/diffusion_pytorch_model.safetensors"]?.count == 64)
        #expect(hashes.count == 7)
        // A video that is not enhanced does not read the enhancer.
        #expect(try folder.weightHashes().keys.allSatisfy { !$0.hasPrefix("enhancer/") })
    }

    /// The end of a decoder of the enhancer's own takes the place of the model's; what is before it stays the model's.
    @Test func ownEndOfTheDecoderIsUsed() async throws {
        let folder = try TinyEnhancer.copy(to: scratch)
        let shared = try await VideoEnhancer(model: folder).enhanced(3)
        let plain = try folder.autoencoder()
        let trained = try folder.autoencoder()
        try TinyModel.fill(trained, seed: 77)
        try folder.saveEnhancer(
            folder.enhancer(), decoder: trained, defaults: folder.enhancementDefaults())
        #expect(try folder.hasOwnDecoder())
        let used = try folder.enhancerAutoencoder()
        var ends = 0
        for (index, (path, parameter)) in used.parameters().enumerated() {
            let isEnd =
                path.hasPrefix("decoder.upBlocks.1.")
                || path.hasPrefix("decoder.conv")
                    && path != "decoder.convIn.weight" && path != "decoder.convIn.bias"
            let source = (isEnd ? trained : plain).parameters()[index].parameter
            let difference = try (parameter.value - source.value).absolute()
            #expect(try difference.maximum().item() < 2e-3, "\(path)")  // half precision
            ends += isEnd ? 1 : 0
        }
        #expect(ends > 4 && trained.configuration.blockOutChannels.count == 2)
        #expect(try await VideoEnhancer(model: folder).enhanced(3) != shared)
        #expect(
            try folder.weightHashes(for: [.enhancement]).keys.sorted() == [
                "enhancer/diffusion_pytorch_model.safetensors",
                "enhancer/vae/diffusion_pytorch_model.safetensors",
                "text_encoder/model.safetensors", "vae/diffusion_pytorch_model.safetensors",
            ])
        // Of another autoencoder's decoder it is no end.
        var other = TinyModel()
        other.autoencoder.scalingFactor = 0.5
        let donor = try other.make(at: scratch.folder.appending(path: "donor"))
        let mixed = donor.withEnhancer(folder.url)
        let error = #expect(throws: GenerationError.self) { try VideoEnhancer(model: mixed) }
        #expect("\(String(describing: error))".contains("enhancer/vae/"))
        // Without one, the old one goes.
        let place = try Scratch()
        let twin = try TinyEnhancer.copy(to: place)
        try twin.saveEnhancer(
            twin.enhancer(), decoder: trained, defaults: twin.enhancementDefaults())
        #expect(try twin.hasOwnDecoder())
        try twin.saveEnhancer(twin.enhancer(), defaults: twin.enhancementDefaults())
        #expect(try !twin.hasOwnDecoder() && twin.partOfEnhancer(.vae) == twin)
        try FileManager.default.removeItem(at: folder.folder(.vae))
        #expect(throws: GenerationError.notAModel(folder: folder.url.path, missing: "vae/")) {
            try VideoEnhancer(model: folder)
        }
    }

    @Test(
        arguments: [
            ("in_dim", "latent_channels"), ("out_dim", "in_dim"), ("context_dim", "hidden_size"),
        ])
    func partsThatDoNotFitAreRefused(field: String, hint: String) throws {
        let folder = try TinyEnhancer.copy(to: scratch)
        try change("config.json", field, to: "40", in: folder)
        let error = #expect(throws: GenerationError.self) { try VideoEnhancer(model: folder) }
        #expect(error.map { "\($0)".contains(hint) && "\($0)".contains(field) } == true)
    }

    @Test(
        arguments: [
            ("enhancement.json", "steps", "0", "noise level"),
            ("enhancement.json", "overlap", "6", "0 to 5"),
            ("enhancement.json", "seam", #""torn""#, "seam"),
            ("enhancement.json", "steps", #""many""#, "steps"),
            ("config.json", "dim", "7", "dim"),
        ])
    func badFieldsAreNamed(file: String, field: String, value: String, hint: String) throws {
        let folder = try TinyEnhancer.copy(to: scratch)
        try change(file, field, to: value, in: folder)
        let error = #expect(throws: ConfigurationError.self) { try VideoEnhancer(model: folder) }
        #expect(error.map { "\($0)".contains(hint) } == true, "\(String(describing: error))")
    }

    private func change(
        _ file: String, _ field: String, to value: String, in folder: ModelFolder
    ) throws {
        let url = folder.folder(.enhancer).appending(path: file)
        var object = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
        object[field] = try JSONSerialization.jsonObject(
            with: Data(value.utf8), options: .fragmentsAllowed)
        try JSONSerialization.data(withJSONObject: object).write(to: url)
    }
}
