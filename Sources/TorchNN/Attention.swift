public import Torch

/// Multi-head attention with separate projections.
public final class Attention: Module {
    /// Query projection.
    public let toQ: Linear
    /// Key projection.
    public let toK: Linear
    /// Value projection.
    public let toV: Linear
    /// Output projection.
    public let toOut: Linear
    private let heads: Int

    /// - Parameters:
    ///   - channels: width of the queries' input and of the output.
    ///   - contextChannels: width of the keys' and values' input; `nil` for `channels`.
    ///   - heads: number of heads.
    ///   - headDimension: width of one head.
    ///   - bias: whether the query, key and value projections have a bias.
    public init(
        channels: Int, contextChannels: Int? = nil, heads: Int, headDimension: Int,
        bias: Bool = false
    ) {
        let inner = heads * headDimension
        toQ = Linear(channels, inner, bias: bias)
        toK = Linear(contextChannels ?? channels, inner, bias: bias)
        toV = Linear(contextChannels ?? channels, inner, bias: bias)
        toOut = Linear(inner, channels)
        self.heads = heads
    }

    /// Attends from `tokens` `[B, N, C]` to themselves, or to `context` `[B, M, D]`.
    public func callAsFunction(
        _ tokens: Tensor, context: Tensor? = nil, isCausal: Bool = false
    ) throws(TensorError) -> Tensor {
        let source = context ?? tokens
        return try attend(tokens, to: keysAndValues(of: source), isCausal: isCausal)
    }

    /// Whether ``acrossFrames(_:to:videos:)`` takes tokens like these.
    public func fitsAcrossFrames(_ tokens: Tensor, to context: Tensor, videos: Int) -> Bool {
        tokens.fitsAttentionAcrossFrames(to: context, videos: videos, heads: heads)
    }

    /// Attends at each pixel from the frames of `tokens`, `[videos·F, pixels, C]`, to those of `context`,
    /// `[videos·Fc, pixels, C]`.
    public func acrossFrames(
        _ tokens: Tensor, to context: Tensor, videos: Int
    ) throws(TensorError) -> Tensor {
        let mixed = try toQ(tokens).attentionAcrossFrames(
            key: toK(context), value: toV(context), videos: videos, heads: heads)
        return try toOut(mixed)
    }

    /// Keys and values `[B, heads, M, D]` of a context, to be used for many queries.
    public func keysAndValues(
        of context: Tensor
    ) throws(TensorError) -> (key: Tensor, value: Tensor) {
        (key: try splitHeads(toK(context)), value: try splitHeads(toV(context)))
    }

    /// Attends from `tokens` `[B, N, C]` to keys and values that were made before.
    public func attend(
        _ tokens: Tensor, to pair: (key: Tensor, value: Tensor), isCausal: Bool = false
    ) throws(TensorError) -> Tensor {
        let query = try splitHeads(toQ(tokens))  // [B, heads, N, D]
        let mixed = try query.attention(key: pair.key, value: pair.value, isCausal: isCausal)
        let (b, n, _) = try tokens.shape3()
        return try toOut(mixed.transposed(1, 2).reshaped(b, n, -1))  // [B, N, C]
    }

    private func splitHeads(_ tokens: Tensor) throws(TensorError) -> Tensor {
        let (b, n, inner) = try tokens.shape3()
        return try tokens.reshaped(b, n, heads, inner / heads).transposed(1, 2)
    }
}
