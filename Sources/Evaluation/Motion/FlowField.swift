/// How far every pixel of a frame moves until another frame, in pixels of these frames.
///
/// What is seen at `(x, y)` of the one frame is found at `(x + u, y + v)` of the other; x grows to the right, y downwards.
public struct FlowField: Sendable, Hashable {
    /// Columns, in pixels.
    public let width: Int
    /// Rows, in pixels.
    public let height: Int
    /// Horizontal parts u, `[height][width]`.
    public let horizontal: [Float]
    /// Vertical parts v, `[height][width]`.
    public let vertical: [Float]

    /// Wraps the two planes of a flow.
    ///
    /// - Precondition: each plane has `width * height` numbers.
    public init(width: Int, height: Int, horizontal: [Float], vertical: [Float]) {
        precondition(width > 0 && height > 0)
        precondition(horizontal.count == width * height && vertical.count == width * height)
        self.width = width
        self.height = height
        self.horizontal = horizontal
        self.vertical = vertical
    }

    /// Wraps numbers in the order of a tensor `[2, height, width]`, all u before all v.
    ///
    /// - Precondition: there are `2 * width * height` numbers.
    public init(width: Int, height: Int, planes: [Float]) {
        precondition(planes.count == 2 * width * height)
        self.init(
            width: width, height: height, horizontal: Array(planes[..<(width * height)]),
            vertical: Array(planes[(width * height)...]))
    }

    /// Whether every vector has a length that single precision can hold.
    var isFinite: Bool {
        zip(horizontal, vertical).allSatisfy { ($0 * $0 + $1 * $1).isFinite }
    }

    /// The lengths of the vectors, averaged in three ways.
    struct Magnitudes {
        /// Mean of √(u² + v²), in pixels.
        var mean = 0.0
        /// Mean of u² + v², in square pixels.
        var meanSquared = 0.0
        /// Standard deviation of √(u² + v²) over the pixels (n), in pixels.
        var deviation = 0.0
    }

    /// Each vector's length in single precision, as PyTorch computes it; the sums in double precision.
    func magnitudes() -> Magnitudes {
        var sum = 0.0
        var squares = 0.0
        for (u, v) in zip(horizontal, vertical) {
            let square = u * u + v * v
            sum += Double(square.squareRoot())
            squares += Double(square)
        }
        let count = Double(horizontal.count)
        let mean = sum / count
        var deviations = 0.0
        for (u, v) in zip(horizontal, vertical) {
            let difference = Double((u * u + v * v).squareRoot()) - mean
            deviations += difference * difference
        }
        return Magnitudes(
            mean: mean, meanSquared: squares / count,
            deviation: (deviations / count).squareRoot())
    }
}
