import Schedulers
import Testing
import Torch

@Suite struct GuidanceTests {
    @Test func guidanceExaggeratesTheDifference() throws {
        let prompted = try Tensor([1, 2, 4] as [Float], shape: [3])
        let negative = try Tensor([0, 2, 5] as [Float], shape: [3])
        let guided: [Float] = try Guidance(scale: 3, rescale: 0)(prompted, negative: negative)
            .values()
        #expect(guided == [3, 2, 2])
        #expect(!Guidance(scale: 1).needsNegative && Guidance().needsNegative)
        let same: [Float] = try Guidance(scale: 1)(prompted, negative: negative).values()
        #expect(same == [1, 2, 4])
    }

    /// Taken back fully, the spread is that of the prompted prediction.
    @Test func rescaleTakesTheSpreadBack() throws {
        let prompted = try RandomGenerator(seed: 1).normal([1, 2, 3, 4, 5], .data)
        let negative = try RandomGenerator(seed: 2).normal([1, 2, 3, 4, 5], .data)
        func spread(_ rescale: Double) throws -> Double {
            try Guidance(scale: 7.5, rescale: rescale)(prompted, negative: negative)
                .standardDeviation().item()
        }
        let own = try prompted.standardDeviation().item()
        #expect(abs(try spread(1) - own) < 1e-5)
        #expect(try spread(0) > 5 * own)
        let expected = try 0.2 * own + 0.8 * spread(0)
        #expect(abs(try spread(0.2) - expected) < 1e-4)
    }
}
