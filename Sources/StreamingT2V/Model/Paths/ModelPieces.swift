import Checkpoints
public import Foundation
import Foundations

/// A model as it is published: in pieces, each a folder in the layout of its library or a weight file.
///
/// The release's combination is the folder of text-to-video-ms-1.7b, `streaming_t2v.ckpt`, and OpenCLIP's ViT-H-14.
/// `streaming_t2v.ckpt` carries an autoencoder, a text transformer and an image transformer, which are taken where no
/// other piece brings them.
public struct ModelPieces: Sendable, Hashable {
    /// A model folder, `unet/` of one, or the weight file of a text-to-video UNet.
    public var base: URL?
    /// `streaming_t2v.ckpt`, or a folder with its configuration and weights.
    public var streaming: URL?
    /// An autoencoder.
    public var autoencoder: URL?
    /// A text transformer.
    public var textEncoder: URL?
    /// A folder with the tokenizer's files; without it, a text transformer of that vocabulary gets CLIP's published one.
    public var tokenizer: URL?
    /// An image transformer.
    public var imageEncoder: URL?

    /// No pieces.
    public init() {}

    /// Whether there is none.
    public var isEmpty: Bool { self == ModelPieces() }

    /// The model that the pieces make.
    ///
    /// A folder may be the part itself or a model with it. Configurations and names are read, no weights.
    ///
    /// - Throws: `GenerationError.missingPieces` with everything that is missing and how it is given, and what reading a
    ///   streaming checkpoint throws.
    public func assembled() throws -> ModelFolder {
        guard let base else { throw GenerationError.missingPieces([Self.line(.videoUNet)]) }
        var model = ModelFolder(base)
        let own: [(ModelFolder.Component, URL?)] = [
            (.unet, model.has(.unet) ? nil : base), (.streaming, streaming), (.vae, autoencoder),
            (.textEncoder, textEncoder), (.tokenizer, tokenizer), (.imageEncoder, imageEncoder),
        ]
        for (component, url) in own {
            guard let url else { continue }
            let whole = ModelFolder(url)
            model.pieces[component] = whole.has(component) ? whole.folder(component) : url
        }
        model = try model.withCarriedParts()
        let missing = missing(in: model)
        guard missing.isEmpty else { throw GenerationError.missingPieces(missing) }
        return model
    }

    /// What a model cannot do without and does not have: how it is given, and where it comes from.
    private func missing(in model: ModelFolder) -> [FailureText] {
        var missing: [FailureText] = []
        if !model.has(.unet) { missing.append(Self.line(.videoUNet)) }
        if !model.has(.vae) { missing.append(Self.line(.autoencoder)) }
        if !model.has(.textEncoder) { missing.append(Self.line(.textEncoder)) }
        if model.has(.textEncoder), !model.hasTokenizer {
            missing.append("\(field: "tokenizer")  tokenizer/ of text-to-video-ms-1.7b")
        }
        if streaming != nil, !model.has(.streaming) { missing.append(Self.line(.streaming)) }
        if model.has(.streaming), !model.has(.imageEncoder) {
            missing.append(Self.line(.imageEncoder))
        }
        return missing
    }

    private static func line(_ contents: CheckpointContents) -> FailureText {
        "\(field: contents.field ?? "")  \(contents.title): \(contents.source ?? "")"
    }
}

extension ModelFolder {
    /// Networks that a streaming checkpoint may carry, and a tensor by which each is known.
    private static let carried: [(component: Component, tensor: String)] = [
        (.vae, "vae.encoder.conv_in.weight"),
        (.textEncoder, "text_encoder.text_model.embeddings.token_embedding.weight"),
        (.imageEncoder, "image_encoder.model.visual.conv1.weight"),
    ]

    /// The same model, in which the streaming checkpoint brings the networks that are nowhere else.
    public func withCarriedParts() throws -> ModelFolder {
        guard has(.streaming), Self.carried.contains(where: { !has($0.component) }) else {
            return self
        }
        var model = self
        let tensors = try archive(.streaming).entries
        for (component, tensor) in Self.carried
        where !has(component) && tensors[tensor] != nil {
            model.pieces[component] = weights(.streaming)
        }
        return model
    }
}
