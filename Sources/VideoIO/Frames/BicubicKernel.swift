/// Weights of Pillow's bicubic resize along one axis, as whole numbers.
///
/// Source: Pillow's `Image.resize` with `BICUBIC` (Keys, 1981, a = −0.5); where an axis shrinks, the curve widens with
/// it. The weights of each output sum to about 2²², so that results agree to the last bit.
struct BicubicKernel {
    /// Bits behind the point of a weight.
    static let precision = 22

    /// The inputs that make one output.
    struct Taps {
        /// Index of the first input.
        let first: Int
        /// One weight per input.
        let weights: [Int]
    }

    /// One entry per output.
    let taps: [Taps]

    /// Weights that turn `count` inputs into `newCount` outputs.
    init(from count: Int, to newCount: Int) {
        let scale = Double(count) / Double(newCount)
        let width = max(scale, 1)
        let reach = 2 * width
        taps = (0..<newCount).map { output in
            let center = (Double(output) + 0.5) * scale
            let first = max(0, Int(center - reach + 0.5))
            let end = min(count, Int(center + reach + 0.5))
            let weights = (first..<end).map { Self.cubic((Double($0) - center + 0.5) / width) }
            let sum = weights.reduce(0, +)
            let unit = Double(1 << Self.precision)
            return Taps(
                first: first,
                weights: weights.map { Int(($0 / sum * unit).rounded(.toNearestOrAwayFromZero)) })
        }
    }

    private static func cubic(_ x: Double) -> Double {
        let x = abs(x)
        if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
        if x < 2 { return ((-0.5 * x + 2.5) * x - 4) * x + 2 }
        return 0
    }

    /// The output byte at which the inputs `pixels[start + stride · i]` arrive.
    func value(
        _ taps: Taps, _ pixels: UnsafeBufferPointer<UInt8>, start: Int, stride: Int
    ) -> UInt8 {
        var sum = 1 << (Self.precision - 1)
        var position = start + taps.first * stride
        for weight in taps.weights {
            sum += Int(pixels[position]) * weight
            position += stride
        }
        return UInt8(clamping: sum >> Self.precision)
    }
}
