public import Torch
public import TorchNN

/// A transformer over the pixels of each frame.
///
/// Source: diffusers `Transformer2DModel` with linear projections.
public final class SpatialTransformer: Module {
    let norm: GroupNorm
    let projIn: Linear
    let transformerBlocks: [TransformerBlock]
    let projOut: Linear

    /// A transformer of `channels` with one block; `mixing` adds the anchor to its cross-attention.
    public init(
        channels: Int, headDimension: Int, contextChannels: Int, groups: Int,
        mixing: AnchorMixing.Sizes?
    ) {
        let heads = channels / headDimension
        let inner = heads * headDimension
        norm = GroupNorm(groups: groups, channels: channels, epsilon: 1e-6)
        projIn = Linear(channels, inner)
        transformerBlocks = [
            TransformerBlock(
                channels: inner, heads: heads, headDimension: headDimension,
                contextChannels: contextChannels, mixing: mixing)
        ]
        projOut = Linear(inner, channels)
    }

    /// Applies the transformer to `[B·F, C, H, W]` with a context of `B` rows.
    public func callAsFunction(
        _ input: Tensor, context: AttentionContext
    ) throws(TensorError) -> Tensor {
        let (_, _, height, width) = try input.shape4()
        var tokens = try projIn(norm(input).pixelsAsTokens())  // [B·F, H·W, C]
        for block in transformerBlocks { tokens = try block(tokens, context: context) }
        return try input + projOut(tokens).tokensAsPixels(height: height, width: width)
    }
}
