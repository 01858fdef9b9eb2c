public import Torch
public import TorchNN

/// A transformer over the frames of each pixel, without positions and mask.
///
/// Source: diffusers `TransformerTemporalModel` with two self-attentions. Statistics of the norm include the frames.
public final class TemporalTransformer: Module {
    let norm: GroupNorm
    let projIn: Linear
    let transformerBlocks: [TransformerBlock]
    let projOut: Linear

    /// A transformer of `channels` whose block is `heads · headDimension` wide.
    public init(channels: Int, heads: Int, headDimension: Int, groups: Int) {
        let inner = heads * headDimension
        norm = GroupNorm(groups: groups, channels: channels, epsilon: 1e-6)
        projIn = Linear(channels, inner)
        transformerBlocks = [
            TransformerBlock(
                channels: inner, heads: heads, headDimension: headDimension, contextChannels: nil)
        ]
        projOut = Linear(inner, channels)
    }

    /// Applies the transformer to `[B·F, C, H, W]`.
    public func callAsFunction(_ input: Tensor, frames: Int) throws(TensorError) -> Tensor {
        let (_, _, height, width) = try input.shape4()
        let rows = try norm(input.framesAsRows(frames)).rowsAsFrames(height: height, width: width)
        var tokens = try projIn(rows.pixelsAsTokens())  // [B·F, H·W, C]
        for block in transformerBlocks { tokens = try block(tokens, acrossFrames: frames) }
        return try input + projOut(tokens).tokensAsPixels(height: height, width: width)
    }
}
