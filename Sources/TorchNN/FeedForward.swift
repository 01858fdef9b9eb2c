public import Torch

/// The gated feed-forward layer of the transformers: `Linear(a · gelu(b))`.
public final class FeedForward: Module {
    /// Makes `a · gelu(b)`, four times as wide; one weight `[8·C, C]` for both.
    public let projection: GatedLinear
    /// Back to `C` channels, `[C, 4·C]`.
    public let output: Linear

    /// Rows whose wide inner features stay in the processor's caches.
    private static let rowsPerPiece = 1024

    /// A layer of `channels` with four times as many inside.
    public init(channels: Int) {
        projection = GatedLinear(channels, channels * 4)
        output = Linear(channels * 4, channels)
    }

    /// Applies the layer to `[B, N, C]`.
    public func callAsFunction(_ tokens: Tensor) throws(TensorError) -> Tensor {
        guard let rowType = projection.rowType, projection.preparation?.device == .cpu else {
            return try output(projection(tokens))
        }
        let (batch, length, channels) = try tokens.shape3()
        let count = batch * length
        // Converted once for both layers.
        let rows = try tokens.reshaped(count, channels).converted(to: rowType)
        var pieces: [Tensor] = []
        for start in stride(from: 0, to: count, by: Self.rowsPerPiece) {
            let piece = try rows.slice(0, start..<min(start + Self.rowsPerPiece, count))
            pieces.append(try output(projection(piece)))
        }
        let result = try pieces.count == 1 ? pieces[0] : Tensor.concatenated(pieces, axis: 0)
        return try result.reshaped(batch, length, channels).converted(to: tokens.dtype)
    }
}
