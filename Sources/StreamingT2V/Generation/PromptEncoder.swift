import Foundations
import Tokenizers
import Torch
import VideoModels

/// Turns prompts into the tokens that the UNet's cross-attentions read.
struct PromptEncoder {
    let tokenizer: CLIPTokenizer
    let encoder: CLIPTextEncoder
    let device: Device

    /// Tokens of a text, after checking that it fits.
    ///
    /// - Parameter name: what a message calls it.
    func tokenize(
        _ text: String, _ name: FailureText, truncates: Bool
    ) throws -> [Int] {
        let tokens = try tokenizer.encode(text)
        guard !tokens.isTruncated || truncates else {
            throw GenerationError.promptTooLong(
                field: name, tokens: tokens.tokenCount, limit: tokenizer.contextLength,
                lost: tokens.truncatedText)
        }
        return tokens.ids
    }

    /// The text tokens `[B, 77, D]` of a batch of token numbers.
    func encode(_ ids: [[Int]]) throws(TensorError) -> Tensor {
        let length = ids.first?.count ?? 0
        let numbers = try Tensor(
            ids.flatMap { $0.map(Int64.init) }, shape: [ids.count, length])
        return try encoder(numbers.moved(to: device))
    }
}
