public import Torch

/// The gated feed-forward layer of the transformers: `Linear(a · gelu(b))`.
public final class FeedForward: Module {
    /// Makes `a` and `b` in one product, `[8·C, C]`.
    public let projection: Linear
    /// Back to `C` channels, `[C, 4·C]`.
    public let output: Linear

    /// A layer of `channels` with four times as many inside.
    public init(channels: Int) {
        projection = Linear(channels, channels * 8)
        output = Linear(channels * 4, channels)
    }

    /// Applies the layer to `[B, N, C]`.
    public func callAsFunction(_ tokens: Tensor) throws(TensorError) -> Tensor {
        let halves = try projection(tokens).split(into: 2, axis: -1)
        return try output(halves[0] * halves[1].gelu())
    }
}
