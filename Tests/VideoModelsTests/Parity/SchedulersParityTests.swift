import Schedulers
import TestSupport
import Testing
import Torch

/// Noise schedule and samplers against `schedulers.safetensors`.
@Suite struct SchedulersParityTests {
    private let file: FixtureFile
    private let configuration: SchedulerConfiguration

    init() throws {
        file = try FixtureFile("schedulers")
        configuration = try CoreConfiguration().scheduler
    }

    @Test func samplersMatchReference() throws {
        try checkSchedule()
        try checkDDIM()
        try checkDPMSolver()
        file.expectAllUsed()
    }

    private func checkSchedule() throws {
        let schedule = NoiseSchedule(configuration)
        let alphas = schedule.alphasCumulative
        try file.expect(
            Tensor(alphas, shape: [alphas.count]), equals: "alphas_cumprod", within: .schedulers)
        let noisy = try schedule.addNoise(
            file.tensor("ddim.x0"), noise: file.tensor("addnoise.noise"),
            timesteps: file.integers("addnoise.t"))
        try file.expect(noisy, equals: "addnoise.out", within: .schedulers)
    }

    private func checkDDIM() throws {
        for match in try file.requiredMatches(/ddim\.timesteps(\d+)/, "DDIM time steps") {
            let steps = try #require(Int(match.output.1))
            let sampler = DDIMScheduler(configuration, steps: steps, eta: 0)
            try file.expect(sampler.timesteps, equals: String(match.output.0))
        }
        let (predictions, noises) = (try file.tensor("ddim.eps"), try file.tensor("ddim.noise"))
        for match in try file.requiredMatches(/ddim\.traj\.eta([\d.]+)/, "DDIM trajectory") {
            let name = String(match.output.0)
            let steps = try file.shape(name)[0]
            let sampler = DDIMScheduler(
                configuration, steps: steps, eta: try #require(Double(match.output.1)))
            var sample = try file.tensor("ddim.x0")
            var trajectory: [Tensor] = []
            for index in 0..<steps {
                sample = try sampler.step(
                    sample, prediction: predictions.selected(0, index), at: index,
                    noise: noises.selected(0, index))
                trajectory.append(sample)
            }
            try file.expect(
                Tensor.stacked(trajectory, axis: 0), equals: name, within: .schedulers)
        }
        try checkFinalAlpha()
    }

    /// A last step without predicted noise scales by `√(ᾱ_final / ᾱ)`, which gives ᾱ behind it away.
    private func checkFinalAlpha() throws {
        let steps = 50
        let sampler = DDIMScheduler(configuration, steps: steps, eta: 0)
        let last = try #require(sampler.timesteps.last)
        let scaled = try sampler.step(
            Tensor.full([1], value: 1), prediction: Tensor.zeros([1]), at: steps - 1,
            noise: nil)
        let alpha = Double(NoiseSchedule(configuration).alphasCumulative[last])
        try file.expect(
            scaled.squared() * alpha, equals: "final_alpha_cumprod", within: .schedulers)
    }

    private func checkDPMSolver() throws {
        for match in try file.requiredMatches(/dpm\.timesteps(\d+)/, "DPM-Solver time steps") {
            let sampler = DPMSolverScheduler(
                configuration, steps: try #require(Int(match.output.1)))
            try file.expect(sampler.timesteps, equals: String(match.output.0))
        }
        for match in try file.requiredMatches(/dpm\.sigmas(\d+)/, "DPM-Solver sigmas") {
            let sigmas = DPMSolverScheduler(
                configuration, steps: try #require(Int(match.output.1))
            ).sigmas
            try file.expect(
                Tensor(sigmas, shape: [sigmas.count]), equals: String(match.output.0),
                within: .schedulers)
        }
        let predictions = try file.tensor("ddim.eps")
        for match in try file.requiredMatches(/dpm\.traj(\d+)/, "DPM-Solver trajectory") {
            let steps = try #require(Int(match.output.1))
            let sampler = DPMSolverScheduler(configuration, steps: steps)
            var history = DPMSolverScheduler.History()
            var sample = try file.tensor("ddim.x0")
            var trajectory: [Tensor] = []
            for index in 0..<steps {
                sample = try sampler.step(
                    sample, prediction: predictions.selected(0, index), at: index,
                    history: &history)
                trajectory.append(sample)
            }
            try file.expect(
                Tensor.stacked(trajectory, axis: 0), equals: String(match.output.0),
                within: .schedulers)
        }
    }
}
