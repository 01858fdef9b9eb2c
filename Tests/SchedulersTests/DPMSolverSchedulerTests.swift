import Schedulers
import Testing
import Torch

@Suite struct DPMSolverSchedulerTests {
    private func random(_ index: Int) throws -> Tensor {
        try RandomGenerator(seed: 3).normal([2, 4, 3, 5], .trainingNoise, step: index)
    }

    @Test(arguments: [1, 2, 3, 10, 14, 15, 20, 50])
    func perfectPredictorIsFollowedToTheCleanSample(steps: Int) throws {
        let configuration = SchedulerConfiguration()
        let sampler = DPMSolverScheduler(configuration, steps: steps)
        let schedule = NoiseSchedule(configuration)
        let clean = try random(0)
        let first = sampler.timesteps[0]
        var sample = try schedule.addNoise(clean, noise: random(1), timesteps: [first, first])
        var history = DPMSolverScheduler.History()
        for (index, timestep) in sampler.timesteps.enumerated() {
            let alpha = Double(schedule.alphasCumulative[timestep])
            let prediction =
                try sample.adding(clean, scaledBy: -alpha.squareRoot())
                / (1 - alpha).squareRoot()
            sample = try sampler.step(
                sample, prediction: prediction, at: index, history: &history)
            // On the way, the sample is the clean one with the noise of the next step.
            if index + 1 < steps {
                let next = sampler.timesteps[index + 1]
                let expected = try schedule.addNoise(
                    clean, noise: random(1), timesteps: [next, next])
                #expect(try (sample - expected).absolute().maximum().item() < 1e-4)
            }
        }
        #expect(try (sample - clean).absolute().maximum().item() < 1e-4)
    }

    /// A prediction that shall lead somewhere leads there, in steps of first and of second order alike.
    @Test(arguments: [1, 2, 4, 16], [SchedulerConfiguration(), .velocity])
    func predictionsLeadWhereTheyShall(
        steps: Int, configuration: SchedulerConfiguration
    ) throws {
        let sampler = DPMSolverScheduler(configuration, steps: steps)
        var (found, walked) = (DPMSolverScheduler.History(), DPMSolverScheduler.History())
        var orders: Set<Bool> = []
        for index in 0..<steps {
            let (sample, next) = (try random(index), try random(index + 1))
            let prediction = try sampler.prediction(
                from: sample, to: next, at: index, history: &found)
            var none = DPMSolverScheduler.History()
            let first = try sampler.step(
                sample, prediction: prediction, at: index, history: &none)
            let arrived = try sampler.step(
                sample, prediction: prediction, at: index, history: &walked)
            #expect(try (arrived - next).absolute().maximum().item() < 2e-4)
            orders.insert(try (arrived - first).absolute().maximum().item() > 1e-2)
        }
        // From pure noise, the second step has no slope either.
        #expect(orders.contains(true) == (steps > 2))
    }

    /// The walk begins at pure noise, where the signal is 0 and nothing may be divided by it.
    @Test(arguments: [1, 2, 3, 8, 20])
    func perfectVelocitiesAreFollowedFromPureNoise(steps: Int) throws {
        let schedule = NoiseSchedule(.velocity)
        let sampler = DPMSolverScheduler(.velocity, steps: steps)
        #expect(sampler.timesteps[0] == 999)
        let (clean, noise) = (try random(0), try random(1))
        var sample = noise
        var history = DPMSolverScheduler.History()
        for (index, timestep) in sampler.timesteps.enumerated() {
            let velocity = try schedule.target(
                clean, noise: noise, timesteps: [timestep, timestep])
            sample = try sampler.step(
                sample, prediction: velocity, at: index, history: &history)
        }
        #expect(try (sample - clean).absolute().maximum().item() < 1e-4)
    }

    @Test(arguments: [SchedulerConfiguration.TimestepSpacing.leading, .linspace, .trailing])
    func everyStepCountVisitsThatManySteps(spacing: SchedulerConfiguration.TimestepSpacing) {
        for steps in [1, 2, 3, 10, 25, 50, 99, 500] {
            let sampler = DPMSolverScheduler(
                SchedulerConfiguration(), steps: steps, spacing: spacing)
            #expect(sampler.timesteps.count == steps)
            #expect(Set(sampler.timesteps).count == steps)
            #expect(sampler.sigmas.count == steps + 1)
            #expect(sampler.sigmas.last == 0)
            #expect(zip(sampler.sigmas, sampler.sigmas.dropFirst()).allSatisfy { $0 > $1 })
        }
    }

    /// Spacing "linspace" visits the noisiest step first, unlike the sampler of stage 2.
    @Test func defaultSpacingBeginsAtTheNoisiestStep() {
        let sampler = DPMSolverScheduler(SchedulerConfiguration(), steps: 4)
        #expect(sampler.timesteps == [999, 749, 500, 250])
    }
}
