import Testing
import Torch

@Suite struct RandomGeneratorTests {
    private let generator = RandomGenerator(seed: 2024)

    @Test func momentsOfNormal() throws {
        let values = try generator.normal([1000, 1000], .initialNoise).values(as: Double.self)
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        func moment(_ power: Int) -> Double {
            values.reduce(0) { sum, value in
                sum + (0..<power).reduce(1) { product, _ in product * (value - mean) }
            } / count
        }
        let variance = moment(2)
        // Five standard errors of each estimate.
        #expect(abs(mean) < 0.005)
        #expect(abs(variance - 1) < 0.0071)
        #expect(abs(moment(3)) < 0.0123)
        #expect(abs(moment(4) / (variance * variance) - 3) < 0.0245)
        #expect(values.allSatisfy { abs($0) < 6 })
    }

    @Test func momentsOfUniform() throws {
        let values = try generator.uniform([1_000_000], .data).values(as: Double.self)
        let mean = values.reduce(0, +) / 1e6
        #expect(abs(mean - 0.5) < 0.00145)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 1e6
        #expect(abs(variance - 1.0 / 12) < 0.0004)
        #expect(values.allSatisfy { (0..<1).contains($0) })
        var bins = [Double](repeating: 0, count: 64)
        for value in values { bins[Int(value * 64)] += 1 }
        let expected = 1e6 / 64
        let chiSquared = bins.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected }
        #expect(chiSquared > 63 - 5 * 11.2 && chiSquared < 63 + 5 * 11.2)
    }

    @Test func sameCoordinatesSameNumbers() throws {
        let first = try generator.normal([3, 5], .stepNoise, chunk: 4, step: 9)
        let again = try RandomGenerator(seed: 2024)
            .normal([3, 5], .stepNoise, chunk: 4, step: 9)
        #expect(try first.bytes() == again.bytes())
        // The shape decides only how many numbers there are.
        let longer = try generator.normal([4, 10], .stepNoise, chunk: 4, step: 9)
        #expect(try longer.values(as: Float.self).prefix(15) == first.values()[...])
        #expect(first.dtype == .float32 && first.device == .cpu)
        #expect(try generator.normal([0], .data).count == 0)
        #expect(try generator.normal([], .data).shape == [])
    }

    @Test func differentCoordinatesAreUncorrelated() throws {
        let count = 100_000
        let others = [
            try generator.normal([count], .stepNoise, chunk: 1, step: 2),
            try generator.normal([count], .stepNoise, chunk: 1, step: 3),
            try generator.normal([count], .stepNoise, chunk: 2, step: 1),
            try generator.normal([count], .stepNoise, chunk: -1, step: 2),
            try generator.normal([count], .initialNoise, chunk: 1, step: 2),
            try RandomGenerator(seed: 2025).normal([count], .stepNoise, chunk: 1, step: 2),
            try RandomGenerator(seed: 2024 << 32).normal([count], .stepNoise, chunk: 1, step: 2),
        ]
        for (index, first) in others.enumerated() {
            for second in others[(index + 1)...] {
                let correlation = try (first * second).mean().item()
                #expect(abs(correlation) < 5 / Double(count).squareRoot())
                // Neighbouring blocks of the two streams must not be shifted copies either.
                let shifted = try (first.slice(0, 4..<count) * second.slice(0, 0..<count - 4))
                #expect(abs(try shifted.mean().item()) < 5 / Double(count).squareRoot())
            }
        }
    }

    @Test func manyCoordinatesGiveDistinctBits() {
        var seen: Set<UInt64> = []
        for seed in 0..<8 as Range<UInt64> {
            let generator = RandomGenerator(seed: seed)
            for chunk in 0..<16 {
                for step in 0..<16 { seen.insert(generator.bits(.data, chunk: chunk, step: step)) }
            }
        }
        #expect(seen.count == 8 * 16 * 16)
    }

    @Test func numbersDoNotDependOnTheThreadCount() async {
        await #expect(processExitsWith: .success) {
            let generator = RandomGenerator(seed: 5)
            Runtime.start(threads: 1)
            let alone = try generator.normal([100_003], .data).bytes()
            Runtime.start(threads: 2)
            #expect(try generator.normal([100_003], .data).bytes() == alone)
        }
    }
}
