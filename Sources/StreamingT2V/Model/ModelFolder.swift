import Checkpoints
public import Foundation
public import Schedulers
public import Tokenizers
public import Torch
import TorchNN
public import VideoModels

/// A model on disk in the published folder layout: `unet/`, `vae/`, `text_encoder/`, `tokenizer/`, `image_encoder/`,
/// `scheduler/`, `streaming/`, `enhancer/`, and our `generation.json`.
public struct ModelFolder: Sendable, Hashable {
    /// The folder.
    public let url: URL

    /// Names a folder; nothing is read yet.
    public init(_ url: URL) {
        self.url = url
    }

    /// One part of a model.
    public enum Component: String, Sendable, CaseIterable {
        /// The base UNet.
        case unet
        /// The autoencoder.
        case vae
        /// The text transformer.
        case textEncoder = "text_encoder"
        /// Vocabulary and merges.
        case tokenizer
        /// The image transformer.
        case imageEncoder = "image_encoder"
        /// Noise schedule.
        case scheduler
        /// CAM and APM.
        case streaming
        /// The third stage, with parts of its own where it has them; see ``ModelFolder/enhancer()``.
        case enhancer

        var configurationName: String {
            self == .scheduler ? "scheduler_config.json" : "config.json"
        }

        var hasWeights: Bool { self != .tokenizer && self != .scheduler }

        var weightsName: String {
            switch self {
            case .unet, .vae, .enhancer: "diffusion_pytorch_model.safetensors"
            default: "model.safetensors"
            }
        }
    }

    /// Where a component is.
    public func folder(_ component: Component) -> URL {
        url.appendingPathComponent(component.rawValue)
    }

    /// Whether a component is there.
    public func has(_ component: Component) -> Bool {
        FileManager.default.fileExists(atPath: folder(component).path)
    }

    /// The weight file of a component, or the index of its shards if it has those instead.
    public func weights(_ component: Component) -> URL {
        let file = wholeWeights(component)
        let index = file.appendingPathExtension("index.json")
        let files = FileManager.default
        return files.fileExists(atPath: index.path) && !files.fileExists(atPath: file.path)
            ? index : file
    }

    /// The weight file of a component that is not spread over several files.
    private func wholeWeights(_ component: Component) -> URL {
        folder(component).appendingPathComponent(component.weightsName)
    }

    // MARK: Reading

    /// Reads a component's configuration.
    public func configuration<Value: Decodable>(
        _ type: Value.Type, of component: Component
    ) throws -> Value {
        try decode(
            type, at: folder(component).appendingPathComponent(component.configurationName))
    }

    /// The autoencoder with its weights.
    public func autoencoder() throws -> AutoencoderKL {
        let configuration = try configuration(AutoencoderConfiguration.self, of: .vae)
        try configuration.validate()
        let model = AutoencoderKL(configuration)
        let archive = try SafetensorsArchive(url: weights(.vae))
        let isOld = archive.names.contains { $0.hasSuffix(".proj_attn.weight") }
        try model.load(from: archive, keyMap: .autoencoder(hasOldAttentionNames: isOld))
        return model
    }

    /// The text transformer with its weights.
    public func textEncoder() throws -> CLIPTextEncoder {
        let configuration = try configuration(CLIPTextConfiguration.self, of: .textEncoder)
        try configuration.validate()
        let model = CLIPTextEncoder(configuration)
        try model.load(
            from: SafetensorsArchive(url: weights(.textEncoder)), keyMap: .textEncoder())
        return model
    }

    /// The tokenizer.
    public func tokenizer() throws -> CLIPTokenizer {
        try CLIPTokenizer(folder: folder(.tokenizer))
    }

    /// The image transformer with its weights.
    public func imageEncoder() throws -> CLIPImageEncoder {
        let configuration = try configuration(CLIPImageConfiguration.self, of: .imageEncoder)
        try configuration.validate()
        let model = CLIPImageEncoder(configuration)
        try model.load(
            from: SafetensorsArchive(url: weights(.imageEncoder)), keyMap: .imageEncoder())
        return model
    }

    /// The noise schedule's settings.
    public func scheduler() throws -> SchedulerConfiguration {
        try configuration(SchedulerConfiguration.self, of: .scheduler)
    }

    /// The sizes of CAM and APM.
    public func streamingConfiguration() throws -> StreamingConfiguration {
        let value = try configuration(StreamingConfiguration.self, of: .streaming)
        try value.validate()
        return value
    }

    /// The sizes of the UNet.
    public func unetConfiguration() throws -> UNet3DConfiguration {
        let value = try configuration(UNet3DConfiguration.self, of: .unet)
        try value.validate()
        return value
    }

    /// The UNet with the base model's weights, and the streaming parts' where the folder has them.
    ///
    /// A streaming file that holds only mergers and mixing layers shares the base weights (the base stayed frozen in
    /// its training).
    ///
    /// - Parameter other: the folder of the streaming parts, if it is not this one.
    public func unet(
        streaming: StreamingConfiguration?, of other: ModelFolder? = nil
    ) throws -> UNet3D {
        let configuration = try unetConfiguration()
        let model = UNet3D(configuration, streaming: streaming)
        try model.load(
            from: SafetensorsArchive(url: weights(.unet)), keyMap: .unet,
            where: { !UNet3D.isStreamingParameter($0) })
        if streaming != nil {
            try model.load(
                from: SafetensorsArchive(url: (other ?? self).weights(.streaming)),
                keyMap: .streamingUNet,
                where: { UNet3D.isStreamingParameter($0) })
        }
        return model
    }

    /// The conditioning extractor and token projector with their weights.
    public func conditioning(
        _ streaming: StreamingConfiguration
    ) throws -> (extractor: ConditioningExtractor, projector: AnchorTokenProjector) {
        let configuration = try unetConfiguration()
        let archive = try SafetensorsArchive(url: weights(.streaming))
        let extractor = ConditioningExtractor(configuration, streaming: streaming)
        try extractor.load(from: archive, keyMap: .conditioningExtractor)
        let projector = AnchorTokenProjector(
            streaming, channels: configuration.crossAttentionDimension)
        try projector.load(from: archive, keyMap: .anchorTokenProjector)
        return (extractor, projector)
    }

    // MARK: Writing

    /// Writes a component's configuration.
    public func save(_ configuration: some Encodable, of component: Component) throws {
        try FileManager.default.createDirectory(
            at: folder(component), withIntermediateDirectories: true)
        try write(
            configuration,
            to: folder(component).appendingPathComponent(component.configurationName))
    }

    /// Writes JSON with sorted keys.
    public func write(_ value: some Encodable, to file: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(value).write(to: file, options: .atomic)
    }

    /// Writes weights, in half precision.
    public func save(
        _ tensors: [(name: String, tensor: Tensor)], of component: Component
    ) throws {
        try FileManager.default.createDirectory(
            at: folder(component), withIntermediateDirectories: true)
        try saveTensors(tensors, to: wholeWeights(component), dtype: .float16)
    }
}

extension UNet3D {
    /// Whether the parameter with this module path belongs to CAM or APM.
    public static func isStreamingParameter(_ path: String) -> Bool {
        path.hasPrefix("skipMergers.") || path.hasPrefix("middleMerger.")
            || path.contains(".mixing.")
    }
}
