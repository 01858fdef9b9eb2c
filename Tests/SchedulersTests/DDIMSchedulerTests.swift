import Testing
import Torch

@testable import Schedulers

@Suite struct DDIMSchedulerTests {
    private let shape = [2, 4, 3, 5]

    private func random(_ index: Int) throws -> Tensor {
        try RandomGenerator(seed: 3).normal(shape, .trainingNoise, step: index)
    }

    private func largestDifference(_ left: Tensor, _ right: Tensor) throws -> Double {
        try (left - right).absolute().maximum().item()
    }

    /// Walks from noise with a model that knows the clean sample and so predicts the noise without error.
    private func sample(
        towards clean: Tensor, _ configuration: SchedulerConfiguration, steps: Int, eta: Double
    ) throws -> Tensor {
        let sampler = DDIMScheduler(configuration, steps: steps, eta: eta)
        let schedule = NoiseSchedule(configuration)
        var sample = try schedule.addNoise(
            clean, noise: random(1), timesteps: [sampler.timesteps[0], sampler.timesteps[0]])
        for (index, timestep) in sampler.timesteps.enumerated() {
            let alpha = Double(schedule.alphasCumulative[timestep])
            let prediction =
                try sample.adding(clean, scaledBy: -alpha.squareRoot())
                / (1 - alpha).squareRoot()
            sample = try sampler.step(
                sample, prediction: prediction, at: index,
                noise: sampler.isStochastic ? random(100 + index) : nil)
        }
        return sample
    }

    @Test(arguments: [1, 3, 10, 50], [0, 0.5, 1])
    func perfectPredictorIsFollowedToTheCleanSample(steps: Int, eta: Double) throws {
        var configuration = SchedulerConfiguration()
        configuration.setAlphaToOne = true
        let clean = try random(0)
        let result = try sample(towards: clean, configuration, steps: steps, eta: eta)
        #expect(try largestDifference(result, clean) < 1e-4)
    }

    /// The walk begins at pure noise; every sample on the way is the clean one with the next step's noise.
    @Test(arguments: [1, 2, 8, 50])
    func perfectVelocitiesAreFollowedFromPureNoise(steps: Int) throws {
        let schedule = NoiseSchedule(.velocity)
        let sampler = DDIMScheduler(.velocity, steps: steps, eta: 0)
        let (clean, noise) = (try random(0), try random(1))
        var sample = noise
        for (index, timestep) in sampler.timesteps.enumerated() {
            let velocity = try schedule.target(
                clean, noise: noise, timesteps: [timestep, timestep])
            sample = try sampler.step(sample, prediction: velocity, at: index, noise: nil)
            let next = index + 1 < steps ? sampler.timesteps[index + 1] : 0
            let expected = try schedule.addNoise(clean, noise: noise, timesteps: [next, next])
            // Steps of equal size need not end on the visited ones exactly.
            #expect(try largestDifference(sample, expected) < (steps == 8 ? 2e-3 : 1e-4))
        }
    }

    /// With the published settings the walk ends at the noise of the first training step.
    @Test(arguments: [1, 3, 10, 50])
    func publishedSettingsEndAtTheFirstTrainingStep(steps: Int) throws {
        let configuration = SchedulerConfiguration()
        let clean = try random(0)
        let result = try sample(towards: clean, configuration, steps: steps, eta: 0)
        let expected = try NoiseSchedule(configuration).addNoise(
            clean, noise: random(1), timesteps: [0, 0])
        #expect(try largestDifference(result, expected) < 1e-4)
        #expect(try largestDifference(result, clean) > 0.05)
    }

    /// With eta 1 every step adds noise, the last one too.
    @Test func noiseChangesEveryStepWithEtaOne() throws {
        let sampler = DDIMScheduler(SchedulerConfiguration(), steps: 5, eta: 1)
        let (sample, prediction) = (try random(0), try random(1))
        for index in sampler.timesteps.indices {
            let quiet = try sampler.step(
                sample, prediction: prediction, at: index, noise: sample.zerosLike())
            let noisy = try sampler.step(
                sample, prediction: prediction, at: index, noise: random(2))
            let change = try largestDifference(noisy, quiet)
            if index < 4 { #expect(change > 0.01) } else { #expect(change > 0) }
        }
    }

    /// Clipping limits the clean sample only; the noise prediction is used as the model gave it.
    @Test func clippingLimitsTheCleanSample() throws {
        var configuration = SchedulerConfiguration()
        configuration.clipSample = true
        let sampler = DDIMScheduler(configuration, steps: 2, eta: 0)
        #expect(sampler.timesteps == [501, 1])
        let alphas = NoiseSchedule(configuration).alphasCumulative
        let (alpha, before) = (Double(alphas[501]), Double(alphas[1]))
        for (clean, clipped) in [(3.0, 1.0), (-2.0, -1.0), (0.5, 0.5)] {
            let noise = 0.25
            let sample = alpha.squareRoot() * clean + (1 - alpha).squareRoot() * noise
            let next = try sampler.step(
                Tensor.full([1], value: sample), prediction: Tensor.full([1], value: noise),
                at: 0, noise: nil
            ).item()
            let expected = before.squareRoot() * clipped + (1 - before).squareRoot() * noise
            #expect(abs(next - expected) < 1e-5)
        }
    }

    @Test func publishedStepCountGivesThePublishedTimesteps() {
        let sampler = DDIMScheduler(SchedulerConfiguration(), steps: 50, eta: 1)
        #expect(sampler.timesteps == (0..<50).reversed().map { $0 * 20 + 1 })
        #expect(
            DDIMScheduler(SchedulerConfiguration(), steps: 3, eta: 1).timesteps == [667, 334, 1])
    }

    @Test(arguments: [SchedulerConfiguration.TimestepSpacing.leading, .linspace, .trailing])
    func everyStepCountVisitsThatManySteps(spacing: SchedulerConfiguration.TimestepSpacing) {
        var configuration = SchedulerConfiguration()
        configuration.timestepSpacing = spacing
        for steps in [1, 2, 3, 7, 25, 50, 99, 333, 500, 999, 1000] {
            let timesteps = DDIMScheduler(configuration, steps: steps, eta: 0).timesteps
            #expect(timesteps.count == steps)
            #expect(timesteps.allSatisfy { (0..<1000).contains($0) })
            #expect(zip(timesteps, timesteps.dropFirst()).allSatisfy { $0 >= $1 })
            if spacing != .leading || steps < 1000 { #expect(Set(timesteps).count == steps) }
        }
    }
}
