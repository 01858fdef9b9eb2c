/// How fast a layer is beside its reference.
struct Comparison {
    /// Seconds that the layer takes.
    let seconds: Double
    /// The layer's work per second divided by that of the reference.
    let ratio: Double

    /// Measures the layer `rounds` times, the reference right before and after each, and takes medians.
    ///
    /// A slower clock of the processor slows both alike, and what slows one of them for a moment the median leaves out. Other
    /// programs on the same cores slow short layers more than the reference, since threads wait for each other.
    static func measured(_ benchmark: BenchmarkCase, rounds: Int) throws -> Comparison {
        let reference = try benchmark.reference.workload()
        let layer = try benchmark.workload()
        // The first runs wake the threads and order the weights.
        _ = try (reference.run(), layer.run())
        var before = try reference.seconds()
        var times: [Double] = []
        var ratios: [Double] = []
        for _ in 0..<rounds {
            let seconds = try layer.seconds()
            let after = try reference.seconds()
            let referenceSpeed = reference.amount / ((before + after) / 2)
            times.append(seconds)
            ratios.append(layer.amount / seconds / referenceSpeed)
            before = after
        }
        return Comparison(seconds: median(times), ratio: median(ratios))
    }

    /// The value in the middle, or the mean of the two there.
    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}
