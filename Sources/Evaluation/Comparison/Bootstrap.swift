/// Percentile bootstrap of a mean.
///
/// Source: Efron, Tibshirani, An Introduction to the Bootstrap, 1993, chapter "Confidence intervals based on bootstrap
/// percentiles".
enum Bootstrap {
    /// How many times the values are drawn anew.
    static let resamples = 10_000

    /// Bounds between which the mean lies with 95 % confidence; the same seed gives the same bounds.
    ///
    /// - Returns: `nil` of fewer than two values, which tell nothing about their spread.
    static func interval(ofMean values: [Double], seed: UInt64) -> ClosedRange<Double>? {
        guard values.count > 1 else { return nil }
        var random = SplitMix(state: seed)
        var means: [Double] = []
        means.reserveCapacity(resamples)
        for _ in 0..<resamples {
            var sum = 0.0
            for _ in values { sum += values[random.index(below: values.count)] }
            means.append(sum / Double(values.count))
        }
        means.sort()
        return quantile(0.025, of: means)...quantile(0.975, of: means)
    }

    /// The quantile of sorted values, linear between neighbours.
    private static func quantile(_ share: Double, of sorted: [Double]) -> Double {
        let position = share * Double(sorted.count - 1)
        let index = Int(position)
        let rest = position - Double(index)
        return sorted[index] * (1 - rest) + sorted[min(index + 1, sorted.count - 1)] * rest
    }

    /// Source: Steele, Lea, Flood, Fast Splittable Pseudorandom Number Generators, 2014 (SplitMix64).
    private struct SplitMix {
        var state: UInt64

        mutating func index(below count: Int) -> Int {
            state &+= 0x9e37_79b9_7f4a_7c15
            var bits = state
            bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
            bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
            bits ^= bits >> 31
            return Int(bits.multipliedFullWidth(by: UInt64(count)).high)
        }
    }
}
