import Torch

/// How well every position of one feature map fits every position of another, at four scales of the other.
///
/// Source: Teed and Deng, RAFT, section "Computing Visual Similarity".
struct CorrelationPyramid {
    /// Scales, each half of the one before.
    static let levelCount = 4
    /// Positions to each side of the centre that are looked at, at every scale.
    static let radius = 4
    /// Numbers per position that ``around(_:)`` gives.
    static let channels = levelCount * (2 * radius + 1) * (2 * radius + 1)

    /// `[N·h·w, 1, h / 2ˡ, w / 2ˡ]` for level l.
    private let levels: [Tensor]
    /// `[1, 2·radius + 1, 2·radius + 1, 2]`: x changes with the first of the two axes, y with the second.
    private let offsets: Tensor

    /// - Parameters:
    ///   - first: `[N, D, h, w]`.
    ///   - second: `[N, D, h, w]`.
    init(_ first: Tensor, _ second: Tensor) throws(TensorError) {
        let (n, d, h, w) = try first.shape4()
        let queries = try first.reshaped(n, d, h * w).transposed(1, 2)  // [N, h·w, D]
        let products = try queries.multiplied(by: second.reshaped(n, d, h * w))  // [N, h·w, h·w]
        var level = try products.reshaped(n * h * w, 1, h, w) / Double(d).squareRoot()
        var levels = [level]
        for _ in 1..<Self.levelCount {
            level = try level.averagePooled(2)
            levels.append(level)
        }
        self.levels = levels

        let steps = 2 * Self.radius + 1
        let range = try Tensor.range(steps, device: first.device) - Double(Self.radius)
        let x = try range.reshaped(steps, 1).expanded(steps, steps)
        let y = try range.reshaped(1, steps).expanded(steps, steps)
        offsets = try Tensor.stacked([x, y], axis: -1).expandedDimension(at: 0)
    }

    /// The correlations around a position of the second map for each position of the first.
    ///
    /// - Parameter positions: `[N, 2, h, w]`, x and y in pixels of the feature maps.
    /// - Returns: `[N, channels, h, w]`, level by level.
    func around(_ positions: Tensor) throws(TensorError) -> Tensor {
        let (n, _, h, w) = try positions.shape4()
        var centres = try positions.permuted(0, 2, 3, 1).reshaped(n * h * w, 1, 1, 2)
        var parts: [Tensor] = []
        for level in levels {
            let (_, _, rows, columns) = try level.shape4()
            let places = try centres + offsets  // [N·h·w, steps, steps, 2]
            let x = try places.slice(-1, 0..<1) * 2 / Double(columns - 1) - 1
            let y = try places.slice(-1, 1..<2) * 2 / Double(rows - 1) - 1
            let sampled = try level.gridSampled(Tensor.concatenated([x, y], axis: -1))
            parts.append(try sampled.reshaped(n, h, w, -1))
            centres = try centres / 2
        }
        return try Tensor.concatenated(parts, axis: -1).permuted(0, 3, 1, 2).contiguous()
    }
}
