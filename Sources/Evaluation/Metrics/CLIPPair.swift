import StreamingT2V
import Tokenizers
import Torch
import TorchNN
import VideoIO
import VideoModels

/// A model's text and image transformers, whose embeddings were trained to be near where text and image belong together.
///
/// The text embedding is the end token's state behind the text projection, as the training stage compares it.
final class CLIPPair {
    /// The model folder's name.
    let name: String
    /// SHA-256 of both weight files, by their path in the model folder.
    let weights: [String: String]

    private let tokenizer: CLIPTokenizer
    private let text: CLIPTextEncoder
    private let image: CLIPImageEncoder

    /// - Throws: `EvaluationError.noImageTextPair` if the folder has no such pair, and what reading it throws.
    init(folder: ModelFolder) throws {
        func refuse(_ reason: String) -> EvaluationError {
            .noImageTextPair(folder: folder.url.path, reason: reason)
        }
        for component in [ModelFolder.Component.textEncoder, .tokenizer, .imageEncoder]
        where !folder.has(component) {
            throw refuse("\(component.rawValue)/ is missing")
        }
        let words = try folder.configuration(CLIPTextConfiguration.self, of: .textEncoder)
        let pictures = try folder.configuration(CLIPImageConfiguration.self, of: .imageEncoder)
        guard let width = words.projectionDimension else {
            throw refuse("its text transformer has no projection to compare with images")
        }
        guard width == pictures.outputDimension else {
            throw refuse(
                "text embeddings have \(width) numbers, image embeddings "
                    + "\(pictures.outputDimension)")
        }
        name = folder.url.lastPathComponent
        weights = try folder.weightHashes(of: [.textEncoder, .imageEncoder])
        tokenizer = try folder.tokenizer()
        text = try folder.textEncoder()
        image = try folder.imageEncoder()
    }

    /// The prompt's direction, `[1, E]`, of length 1.
    ///
    /// - Parameter truncates: whether a prompt that is too long is cut.
    func embed(_ prompt: String, truncates: Bool = false) throws -> Tensor {
        let tokens = try tokenizer.encode(prompt)
        guard truncates || !tokens.isTruncated else {
            throw EvaluationError.promptTooLong(
                tokens: tokens.tokenCount, limit: tokenizer.contextLength)
        }
        // Positions behind the end token cannot act on it.
        let end = tokens.ids.firstIndex(of: tokenizer.endIdentifier) ?? tokens.ids.count - 1
        return try withInferenceMode {
            let ids = try Tensor(tokens.ids.prefix(end + 1).map(Int64.init), shape: [1, end + 1])
            return try Self.unit(text.pooled(text.endStates(text(ids), ends: [end])))
        }
    }

    /// A frame as the image transformer reads it, `[1, 3, S, S]`.
    func prepare(_ frame: RGBFrame) throws -> Tensor {
        try withInferenceMode { try image.preprocess(Tensor.images([frame])) }
    }

    /// The directions of prepared frames, `[N, E]`, of length 1 each.
    func embed(_ prepared: [Tensor]) throws -> Tensor {
        try withInferenceMode { try Self.unit(image(Tensor.concatenated(prepared, axis: 0))) }
    }

    private static func unit(_ vectors: Tensor) throws(TensorError) -> Tensor {
        try vectors / vectors.squared().sum([1], keepDimensions: true).squareRoot()
    }
}
