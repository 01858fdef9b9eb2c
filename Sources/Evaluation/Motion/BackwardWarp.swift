import VideoIO

/// The later frame of a pair, pulled back to the earlier one along the forward flow.
///
/// A pixel of the earlier frame counts as visible if its vector ends inside the later frame and the backward flow there
/// leads back to it: |f + b|² ≤ 0.01 (|f|² + |b|²) + 0.5, with b taken bilinearly at the vector's end. Borders of moving
/// things are not left out beyond that. Sources: Lai et al., Learning Blind Video Temporal Consistency, whose warp error
/// StreamingT2V's rests on; Sundaram et al., Dense Point Trajectories by GPU-accelerated Large Displacement Optical Flow,
/// for the test.
struct BackwardWarp {
    /// Mean over the visible pixels of the squared distance of two colours, in bytes squared; `nil` if none is visible.
    let meanSquaredDistance: Double?
    /// Pixels of the earlier frame that are seen in the later one.
    let visiblePixels: Int

    /// - Precondition: all have one size; the flows are finite.
    init(_ earlier: RGBFrame, _ later: RGBFrame, forward: FlowField, backward: FlowField) {
        let (width, height) = (earlier.width, earlier.height)
        precondition(later.width == width && later.height == height)
        for flow in [forward, backward] {
            precondition(flow.width == width && flow.height == height)
        }
        var sum = 0.0
        var visible = 0
        for y in 0..<height {
            for x in 0..<width {
                let index = y * width + x
                let (u, v) = (forward.horizontal[index], forward.vertical[index])
                guard
                    let end = BilinearPoint(
                        x: Float(x) + u, y: Float(y) + v, width: width, height: height)
                else { continue }
                let backU = end.mix { backward.horizontal[$0] }
                let backV = end.mix { backward.vertical[$0] }
                let gap = (u + backU) * (u + backU) + (v + backV) * (v + backV)
                let length = u * u + v * v + backU * backU + backV * backV
                guard gap <= 0.01 * length + 0.5 else { continue }
                visible += 1
                for channel in 0..<3 {
                    let colour = end.mix { Float(later.pixels[$0 * 3 + channel]) }
                    let difference = Double(colour) - Double(earlier.pixels[index * 3 + channel])
                    sum += difference * difference
                }
            }
        }
        visiblePixels = visible
        meanSquaredDistance = visible == 0 ? nil : sum / Double(visible)
    }
}

/// A position between four pixels.
private struct BilinearPoint {
    private let indices: (Int, Int, Int, Int)
    private let right: Float
    private let lower: Float

    /// `nil` outside of the rectangle of pixel centres.
    init?(x: Float, y: Float, width: Int, height: Int) {
        guard x >= 0, y >= 0, x <= Float(width - 1), y <= Float(height - 1) else { return nil }
        let (column, row) = (Int(x), Int(y))
        let next = min(column + 1, width - 1)
        let below = min(row + 1, height - 1) * width
        indices = (row * width + column, row * width + next, below + column, below + next)
        right = x - Float(column)
        lower = y - Float(row)
    }

    func mix(_ value: (Int) -> Float) -> Float {
        let above = value(indices.0) * (1 - right) + value(indices.1) * right
        let below = value(indices.2) * (1 - right) + value(indices.3) * right
        return above * (1 - lower) + below * lower
    }
}
