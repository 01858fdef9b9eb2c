public import Torch
public import TorchNN

/// Attention, attention, feed-forward, each behind a layer norm and beside a shortcut.
///
/// Source: diffusers `BasicTransformerBlock`. The spatial form crosses to text (and anchor) in its second attention;
/// the temporal form has two self-attentions.
public final class TransformerBlock: Module {
    let norm1: LayerNorm
    let attn1: Attention
    let norm2: LayerNorm
    let attn2: ContextAttention
    let norm3: LayerNorm
    let ff: FeedForward

    /// - Parameters:
    ///   - channels: width of the tokens, `heads · headDimension`.
    ///   - contextChannels: width of the context, or `nil` for a second self-attention.
    ///   - mixing: sizes of the anchor mixing, or `nil` for none.
    public init(
        channels: Int, heads: Int, headDimension: Int, contextChannels: Int?,
        mixing: AnchorMixing.Sizes? = nil
    ) {
        norm1 = LayerNorm(channels)
        attn1 = Attention(channels: channels, heads: heads, headDimension: headDimension)
        norm2 = LayerNorm(channels)
        attn2 = ContextAttention(
            channels: channels, contextChannels: contextChannels, heads: heads,
            headDimension: headDimension, mixing: mixing)
        norm3 = LayerNorm(channels)
        ff = FeedForward(channels: channels)
    }

    /// Applies the block, with self-attention in both places, along the frames of each pixel: `[B·frames, pixels, C]`.
    func callAsFunction(
        _ tokens: Tensor, acrossFrames frames: Int
    ) throws(TensorError) -> Tensor {
        let videos = tokens.shape[0] / frames
        guard attn1.fitsAcrossFrames(tokens, to: tokens, videos: videos) else {
            return try self(tokens.tokensAsSequences(frames)).sequencesAsTokens(tokens.shape[1])
        }
        // Only attention looks at other frames, and reads them where they are.
        var normalized = try norm1(tokens)
        var hidden = try tokens + attn1.acrossFrames(normalized, to: normalized, videos: videos)
        normalized = try norm2(hidden)
        hidden =
            try hidden
            + attn2.attention.acrossFrames(normalized, to: normalized, videos: videos)
        return try hidden + ff(norm3(hidden))
    }

    /// Applies the block to tokens `[N, L, C]`; `context` belongs to `N / context.batch` of them each.
    public func callAsFunction(
        _ tokens: Tensor, context: AttentionContext? = nil
    ) throws(TensorError) -> Tensor {
        var hidden = try tokens + attn1(norm1(tokens))
        hidden = try hidden + attn2(norm2(hidden), context: context)
        return try hidden + ff(norm3(hidden))
    }
}
