import Schedulers
import Testing
import Torch

@Suite struct NoiseScheduleTests {
    @Test func scheduleFollowsTheDefinition() {
        for betaSchedule in [SchedulerConfiguration.BetaSchedule.linear, .scaledLinear] {
            var configuration = SchedulerConfiguration()
            configuration.betaSchedule = betaSchedule
            let power = betaSchedule == .linear ? 1.0 : 0.5
            func root(_ beta: Double) -> Double { power == 1 ? beta : beta.squareRoot() }
            let (start, end) = (root(configuration.betaStart), root(configuration.betaEnd))
            var product = 1.0
            let expected = (0..<1000).map { step in
                let value = start + (end - start) * Double(step) / 999
                product *= 1 - (power == 1 ? value : value * value)
                return product
            }
            let actual = NoiseSchedule(configuration).alphasCumulative
            #expect(actual.count == 1000)
            #expect(zip(actual, expected).allSatisfy { abs(Double($0) - $1) < 1e-6 })
        }
    }

    @Test func noiseIsAddedRowByRow() throws {
        let schedule = NoiseSchedule(SchedulerConfiguration())
        let sample = try Tensor.full([2, 3], value: 2)
        let noise = try Tensor.full([2, 3], value: -1)
        let values: [Float] = try schedule.addNoise(sample, noise: noise, timesteps: [0, 999])
            .values()
        for (row, timestep) in [0, 999].enumerated() {
            let alpha = schedule.alphasCumulative[timestep]
            let expected = 2 * alpha.squareRoot() - (1 - alpha).squareRoot()
            for value in values[row * 3..<(row + 1) * 3] { #expect(abs(value - expected) < 1e-6) }
        }
    }
}
