import Checkpoints
import Foundation
public import Schedulers
public import Tokenizers
import TorchNN
public import VideoModels

/// Networks with their weights, whatever layout their files have.
extension ModelFolder {
    // MARK: Sizes

    /// The sizes of the CAM and APM.
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

    /// The sizes of the autoencoder.
    public func autoencoderConfiguration() throws -> AutoencoderConfiguration {
        let value = try configuration(AutoencoderConfiguration.self, of: .vae)
        try value.validate()
        return value
    }

    /// The sizes of the text transformer.
    public func textConfiguration() throws -> CLIPTextConfiguration {
        let value = try configuration(CLIPTextConfiguration.self, of: .textEncoder)
        try value.validate()
        return value
    }

    /// The sizes of the image transformer.
    public func imageConfiguration() throws -> CLIPImageConfiguration {
        let value = try configuration(CLIPImageConfiguration.self, of: .imageEncoder)
        try value.validate()
        return value
    }

    /// The noise schedule's settings; the published ones beside a UNet that is given as a file.
    public func scheduler() throws -> SchedulerConfiguration {
        guard has(.scheduler) || pieces[.unet] == nil else { return SchedulerConfiguration() }
        return try configuration(SchedulerConfiguration.self, of: .scheduler)
    }

    // MARK: Networks with their weights

    /// The tokenizer; the published one where the model brings no files of one.
    public func tokenizer() throws -> CLIPTokenizer {
        guard has(.tokenizer) || !readsPublishedTokens else { return try .published(.transformers) }
        return try CLIPTokenizer(folder: folder(.tokenizer))
    }

    /// Whether there is a tokenizer for the text transformer.
    var hasTokenizer: Bool { has(.tokenizer) || readsPublishedTokens }

    /// Whether the text transformer is there and reads the tokens of CLIP's published vocabulary.
    var readsPublishedTokens: Bool {
        let size = has(.textEncoder) ? try? textConfiguration().vocabularySize : nil
        return size == CLIPTokenizer.publishedVocabularySize
    }

    /// The autoencoder with its weights.
    public func autoencoder() throws -> AutoencoderKL {
        let model = AutoencoderKL(try autoencoderConfiguration())
        try load(model)
        return model
    }

    /// The text transformer with its weights.
    public func textEncoder() throws -> CLIPTextEncoder {
        let model = CLIPTextEncoder(try textConfiguration())
        try load(model)
        return model
    }

    /// The image transformer with its weights.
    public func imageEncoder() throws -> CLIPImageEncoder {
        let model = CLIPImageEncoder(try imageConfiguration())
        try load(model)
        return model
    }

    /// The UNet with the base model's weights, or that of the chunks after the first, with the streaming parts'.
    ///
    /// A streaming file that holds only mergers and mixing layers shares the base weights (the base stayed frozen in
    /// its training).
    ///
    /// - Parameters:
    ///   - streaming: sizes of the streaming parts, or `nil` for the UNet of the first chunk.
    ///   - other: the folder of the streaming parts, if it is not this one.
    public func unet(
        streaming: StreamingConfiguration?, of other: ModelFolder? = nil
    ) throws -> UNet3D {
        let model = UNet3D(try unetConfiguration(), streaming: streaming)
        try load(model, isStreaming: streaming != nil, of: other)
        return model
    }

    /// The conditioning extractor and token projector with their weights.
    public func conditioning(
        _ streaming: StreamingConfiguration
    ) throws -> (extractor: ConditioningExtractor, projector: AnchorTokenProjector) {
        let configuration = try unetConfiguration()
        let extractor = ConditioningExtractor(configuration, streaming: streaming)
        try load(extractor)
        let projector = AnchorTokenProjector(
            streaming, channels: configuration.crossAttentionDimension)
        try load(projector)
        return (extractor, projector)
    }

    /// Whether the chunks after the first have base weights of their own, as in the release, where they were trained
    /// further; the embedded model's streaming parts share the base model's.
    public func hasOwnStreamingBase() throws -> Bool {
        guard has(.streaming) else { return false }
        return try archive(.streaming).entries["base_model.conv_in.weight"] != nil
    }

    /// The weights of a component.
    ///
    /// - Throws: `CheckpointError`; `GenerationError.foreignTensors` for a streaming checkpoint with tensors of which
    ///   nobody knows what they are for.
    func archive(_ component: Component) throws -> any TensorArchive {
        let archive = try openCheckpoint(weights(component))
        if component == .streaming, CheckpointContents(names: archive.names) == .streaming {
            let foreign = StreamingCheckpoint.foreignNames(archive.names)
            guard foreign.isEmpty else {
                throw GenerationError.foreignTensors(file: archive.url.path, names: foreign)
            }
        }
        return try adapted(archive, of: component)
    }
}

extension UNet3D {
    /// Whether the parameter with this module path belongs to CAM or APM.
    public static func isStreamingParameter(_ path: String) -> Bool {
        path.hasPrefix("skipMergers.") || path.hasPrefix("middleMerger.")
            || path.contains(".mixing.")
    }
}
