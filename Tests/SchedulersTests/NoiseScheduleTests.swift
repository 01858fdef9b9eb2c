import Foundation
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

    /// `√ᾱ` falls like a cosine; only the capped end is above it.
    @Test func squaredCosineFollowsTheDefinition() {
        var configuration = SchedulerConfiguration()
        configuration.betaSchedule = .squaredCosine
        let alphas = NoiseSchedule(configuration).alphasCumulative
        func signal(_ share: Double) -> Double {
            let root = cos((share + 0.008) / 1.008 * .pi / 2)
            return root * root
        }
        for step in 0..<998 {
            let expected = signal(Double(step + 1) / 1000) / signal(0)
            #expect(abs(Double(alphas[step]) - expected) < 2e-6)
        }
        #expect(alphas[999] > 0 && abs(Double(alphas[999] / alphas[998]) - 0.001) < 1e-6)
        // The same schedule without signal at the end, as I2VGen-XL has it.
        configuration.predictionType = .velocity
        configuration.hasZeroTerminalSNR = true
        let rescaled = NoiseSchedule(configuration).alphasCumulative
        #expect(rescaled[999] == 0 && abs(rescaled[0] - alphas[0]) < 1e-6)
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

    /// The rescaled schedule keeps the first step and ends at pure noise; in between `√ᾱ` is shifted and scaled.
    @Test func zeroTerminalScheduleEndsWithoutSignal() {
        let published = NoiseSchedule(SchedulerConfiguration()).alphasCumulative
        let rescaled = NoiseSchedule(.velocity).alphasCumulative
        #expect(rescaled.last == 0)
        #expect(abs(rescaled[0] - published[0]) < 1e-6)
        let (first, last) = (
            Double(published[0]).squareRoot(), Double(published[999]).squareRoot()
        )
        for step in [1, 250, 500, 750, 998] {
            let root = (Double(published[step]).squareRoot() - last) * first / (first - last)
            #expect(abs(Double(rescaled[step]) - root * root) < 1e-6)
        }
        #expect(zip(rescaled, rescaled.dropFirst()).allSatisfy { $0 > $1 })
    }

    /// A velocity and the noisy sample give clean sample and noise back, also where there is no signal.
    @Test func velocityIsTheNoiseAgainstTheSample() throws {
        let schedule = NoiseSchedule(.velocity)
        let sample = try Tensor.full([3, 2], value: 2)
        let noise = try Tensor.full([3, 2], value: -1)
        let timesteps = [0, 500, 999]
        let values: [Float] = try schedule.target(sample, noise: noise, timesteps: timesteps)
            .values()
        for (row, timestep) in timesteps.enumerated() {
            let alpha = schedule.alphasCumulative[timestep]
            let expected = -alpha.squareRoot() - 2 * (1 - alpha).squareRoot()
            for value in values[row * 2..<(row + 1) * 2] { #expect(abs(value - expected) < 1e-6) }
        }
        let published = NoiseSchedule(SchedulerConfiguration())
        let target: [Float] = try published.target(sample, noise: noise, timesteps: timesteps)
            .values()
        #expect(target == (try noise.values()))
    }

    /// Noise of much signal counts less; pure noise counts fully for velocities.
    @Test func lossWeightsFallWithTheSignal() {
        for schedule in [NoiseSchedule(SchedulerConfiguration()), NoiseSchedule(.velocity)] {
            #expect(abs(schedule.lossWeight(999) - 1) < 1e-9)
            #expect(schedule.lossWeight(0) < 0.02)
            let weights = (0..<1000).map(schedule.lossWeight)
            #expect(zip(weights, weights.dropFirst()).allSatisfy { $0 <= $1 + 1e-9 })
        }
        let alpha = Double(NoiseSchedule(.velocity).alphasCumulative[100])
        let ratio = alpha / (1 - alpha)
        #expect(abs(NoiseSchedule(.velocity).lossWeight(100) - 6 / (ratio + 1)) < 1e-6)
    }
}

extension SchedulerConfiguration {
    /// Velocities, and a last step without signal.
    static var velocity: SchedulerConfiguration {
        var configuration = SchedulerConfiguration()
        configuration.predictionType = .velocity
        configuration.hasZeroTerminalSNR = true
        configuration.timestepSpacing = .trailing
        return configuration
    }
}
