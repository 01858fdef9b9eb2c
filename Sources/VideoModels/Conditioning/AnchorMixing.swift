public import Torch
public import TorchNN

/// The appearance preservation module inside one cross-attention: mixes the anchor's tokens into the text.
///
/// `text + silu(alpha) · LN(Conv1d([text; image]))`; the tokens are the convolution's channels, its kernel slides over
/// the features. Source: StreamingT2V, section "Appearance Preservation Module"; `attention_processor.py`.
public final class AnchorMixing: Module {
    /// Numbers of tokens and their width.
    public struct Sizes: Sendable, Hashable {
        /// Tokens of a prompt.
        public let textTokens: Int
        /// Tokens of the anchor frame.
        public let imageTokens: Int
        /// Width of a token.
        public let channels: Int
    }

    /// The convolution over the feature axis.
    final class TokenConvolution: Module {
        let weight: Parameter
        let bias: Parameter

        init(_ sizes: Sizes) {
            let inputs = sizes.textTokens + sizes.imageTokens
            weight = Parameter([sizes.textTokens, inputs, 3], .uniform(fanIn: inputs * 3))
            bias = Parameter([sizes.textTokens], .uniform(fanIn: inputs * 3))
        }
    }

    let conv: TokenConvolution
    let norm: LayerNorm
    let alpha: Parameter
    private let sizes: Sizes

    /// A layer that starts without effect (alpha 0).
    public init(_ sizes: Sizes) {
        conv = TokenConvolution(sizes)
        norm = LayerNorm(sizes.channels)
        alpha = Parameter([], .zeros)
        self.sizes = sizes
    }

    /// `[B, text + image, D]` to `[B, text, D]`; text alone passes unchanged.
    public func callAsFunction(_ tokens: Tensor) throws(TensorError) -> Tensor {
        guard tokens.shape[1] > sizes.textTokens else { return tokens }
        let mixed = try norm(
            tokens.convolved1D(conv.weight.value, conv.bias.value, padding: 1))
        return try tokens.slice(1, 0..<sizes.textTokens) + mixed * alpha.value.silu()
    }
}
