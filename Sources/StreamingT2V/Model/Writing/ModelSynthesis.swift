public import Checkpoints
public import Foundation
import Foundations
import Schedulers
import Tokenizers
import Torch
import TorchNN
import VideoModels

/// Writes a model folder with random weights under the published names: to try memory, time and file formats where the
/// real weights are not at hand.
///
/// Values depend on the seed and the tensor's name only. Layers that training starts from zero would hide what is behind
/// them: they get N(0, 0.02²), and the mixing layers' scales 0.5. `streaming/` holds all that `streaming_t2v.ckpt` does.
public struct ModelSynthesis: Sendable {
    /// How large the networks are.
    public enum Size: String, Sendable, CaseIterable {
        /// As published: 1.41 billion numbers in `unet/`, 3.23 in `streaming/`, 1.06 in the other parts.
        case released
        /// The smallest that have every layer, for tests.
        case tiny
    }

    /// A tensor that is going to be written.
    private struct Item: Sendable {
        let declaration: TensorDeclaration
        let initializer: Parameter.Initializer
    }

    private let sizes: SynthesisSizes
    private let seed: UInt64
    private let parts: [(component: ModelFolder.Component, items: [Item])]

    /// Plans a model; nothing is written.
    ///
    /// - Parameter type: what the weights are stored in.
    public init(size: Size, type: StoredType, seed: UInt64) {
        let sizes: SynthesisSizes = size == .released ? SynthesisSizes() : .tiny
        func items(_ network: any Module, _ keyMap: CheckpointKeyMap) -> [Item] {
            network.parameters().map { path, parameter in
                let slot = ParameterSlot(
                    modulePath: path, shape: parameter.shape, keyMap: keyMap)
                return Item(
                    declaration: TensorDeclaration(name: slot.key, type: type, shape: slot.shape),
                    initializer: Self.visible(parameter))
            }
        }
        func left(_ name: String, _ shape: [Int]) -> Item {
            Item(
                declaration: TensorDeclaration(
                    name: "image_encoder.model.\(name)", type: type, shape: shape),
                initializer: .normal(0.02))
        }
        let autoencoder = AutoencoderKL(sizes.autoencoder)
        let text = CLIPTextEncoder(sizes.text)
        let image = CLIPImageEncoder(sizes.image)
        let width = sizes.text.hiddenSize
        // What the release leaves of OpenCLIP's text half.
        let rest = [
            left("positional_embedding", [sizes.text.contextLength, width]),
            left("text_projection", [width, sizes.image.outputDimension]),
            left("logit_scale", []),
            left("token_embedding.weight", [sizes.text.vocabularySize, width]),
            left("ln_final.weight", [width]), left("ln_final.bias", [width]),
        ]
        let streaming =
            items(UNet3D(sizes.unet, streaming: sizes.streaming), .streamingUNet)
            + items(
                ConditioningExtractor(sizes.unet, streaming: sizes.streaming),
                .conditioningExtractor)
            + items(
                AnchorTokenProjector(
                    sizes.streaming, channels: sizes.unet.crossAttentionDimension),
                .anchorTokenProjector)
            + items(image, .imageEncoder(prefix: "image_encoder.model.visual")) + rest
            + items(text, .textEncoder(prefix: "text_encoder"))
            + items(autoencoder, .autoencoder(prefix: "vae"))
        parts = [
            (.unet, items(UNet3D(sizes.unet), .unet)),
            (.vae, items(autoencoder, .autoencoder())),
            (.textEncoder, items(text, .textEncoder())),
            (.imageEncoder, items(image, .imageEncoder())),
            (.streaming, streaming),
        ]
        self.sizes = sizes
        self.seed = seed
    }

    private static func visible(_ parameter: Parameter) -> Parameter.Initializer {
        if parameter.shape.isEmpty { return .constant(0.5) }
        return parameter.initializer == .zeros ? .normal(0.02) : parameter.initializer
    }

    /// Bytes of all weights.
    public var byteCount: Int {
        parts.flatMap(\.items).reduce(0) {
            $0 + $1.declaration.shape.reduce($1.declaration.type.byteCount, *)
        }
    }

    /// The tensors of a part.
    package func declarations(of component: ModelFolder.Component) -> [TensorDeclaration] {
        parts.first { $0.component == component }?.items.map(\.declaration) ?? []
    }

    /// How many numbers each part holds.
    public var parameterCounts: [ModelFolder.Component: Int] {
        Dictionary(
            uniqueKeysWithValues: parts.map { part in
                (
                    part.component,
                    part.items.reduce(0) { $0 + $1.declaration.shape.reduce(1, *) }
                )
            })
    }

    /// Writes the model, tensor by tensor.
    ///
    /// - Parameters:
    ///   - url: a folder that is empty or not there.
    ///   - progress: called after each tensor with the bytes that are written.
    /// - Throws: `CheckpointError.diskFull` before anything is written if there is no room, `.unwritable`, `.outputExists`;
    ///   `CancellationError` if the task is cancelled. What was written is then removed.
    @discardableResult
    public func write(
        to url: URL, progress: (_ bytesDone: Int) -> Void = { _ in }
    ) throws -> ModelFolder {
        let files = FileManager.default
        let present = (try? files.contentsOfDirectory(atPath: url.path)) ?? []
        guard present.isEmpty, url.isFolder != false else {
            throw CheckpointError.unwritable(
                file: url.path, reason: "something is there already")
        }
        try files.createDirectory(at: url, withIntermediateDirectories: true)
        do {
            try AtomicFile.requireSpace(
                for: byteCount + (16 << 20), in: url.path, file: url.path)
            let folder = ModelFolder(url)
            try writeSettings(to: folder)
            var done = 0
            for (component, items) in parts {
                try write(items, to: folder.weights(component)) {
                    done += $0
                    progress(done)
                }
            }
            return folder
        } catch {
            try? files.removeItem(at: url)
            throw error
        }
    }

    private func write(_ items: [Item], to file: URL, progress: (Int) -> Void) throws {
        let writer = try SafetensorsWriter(
            url: file, tensors: items.map(\.declaration), metadata: ["format": "pt"])
        for item in items {
            try Task.checkCancellation()
            let (name, type) = (item.declaration.name, item.declaration.type)
            let values = try item.initializer.values(
                of: item.declaration.shape, seed: seed, name: name)
            let bytes = try values.converted(to: type.dtype).bytes()
            try bytes.withUnsafeBytes { try writer.write($0, of: name) }
            progress(bytes.count)
        }
        try writer.finish()
    }

    /// Everything but the weights.
    private func writeSettings(to folder: ModelFolder) throws {
        try folder.save(sizes.unet, of: .unet)
        try folder.save(sizes.autoencoder, of: .vae)
        try folder.save(sizes.text, of: .textEncoder)
        try folder.save(sizes.image, of: .imageEncoder)
        try folder.save(SchedulerConfiguration(), of: .scheduler)
        try folder.save(sizes.streamingCheckpoint, of: .streaming)
        try folder.write(sizes.defaults, to: folder.url.appending(path: "generation.json"))
        try folder.write(
            ["_class_name": "StreamingT2VPipeline"],
            to: folder.url.appending(path: "model_index.json"))
        let (vocabulary, merges) = try BPETrainer.train(
            texts: SynthesisSizes.sentences, vocabularySize: SynthesisSizes.vocabularySize)
        try CLIPTokenizer(vocabulary: vocabulary, merges: merges)
            .write(to: folder.folder(.tokenizer))
    }
}
