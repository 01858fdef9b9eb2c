import Schedulers
import Testing
import Torch

/// Noise schedule and step tables against `schedule.safetensors` and `steps.safetensors`.
@Suite struct EnhancerScheduleParityTests {
    private let index: EnhancerIndex

    init() throws {
        index = try EnhancerIndex.load()
    }

    /// `α` and `σ/α` of noisy steps are differences of nearly equal numbers: two roundings of `σ` that far apart change
    /// them by so much.
    private func conditioned(_ ratio: Double) -> Double {
        max(1e-6, 2.4e-7 * (1 + ratio * ratio))
    }

    @Test func schedulesMatchReference() throws {
        let file = try EnhancerFile("schedule")
        for (name, configuration) in index.schedule {
            let logarithms = try LogSNRSchedule.logSNRs(configuration)
            #expect(logarithms.count == configuration.trainSteps)
            try file.expect(
                Tensor(logarithms, shape: [logarithms.count]), equals: "\(name).logsnr",
                within: 4e-7)
            var raw = configuration
            raw.hasZeroTerminalSNR = false
            let schedule = try LogSNRSchedule(configuration)
            try expect(LogSNRSchedule(raw), "sigmas_raw", of: name, in: file)
            try expect(schedule, "sigmas", of: name, in: file)
            try expect(schedule, "sigmas_f64", of: name, in: file)

            let sigmas = try file("\(name).sigmas").values(as: Float.self)
            let recorded = LogSNRSchedule(sigmas: sigmas)
            try file.expect(recorded.alphas.map(Double.init), equals: "\(name).alphas")
            try file.expect(recorded.noiseRatios.map(Double.init), equals: "\(name).ksigma")
            try file.expect(
                schedule.noiseRatios.map(Double.init), equals: "\(name).ksigma",
                relative: conditioned)
            try expectConversions(recorded, of: name, in: file)
        }
        file.expectAllUsed()
    }

    private func expect(
        _ schedule: LogSNRSchedule, _ part: String, of name: String, in file: EnhancerFile
    ) throws {
        try file.expect(
            Tensor(schedule.sigmas, shape: [schedule.sigmas.count]), equals: "\(name).\(part)",
            within: 4e-7)
    }

    /// Points between training steps; the reference's float32 logarithms are good to some 1e-6.
    private func expectConversions(
        _ schedule: LogSNRSchedule, of name: String, in file: EnhancerFile
    ) throws {
        let times = try file.values("\(name).t2s.t")
        try file.expect(
            times.map(schedule.noiseRatio(at:)), equals: "\(name).t2s.ksigma",
            relative: { _ in 5e-6 })
        let ratios = try file.values("\(name).s2t.ksigma")
        try file.expect(
            ratios.map(schedule.time(ofNoiseRatio:)), equals: "\(name).s2t.t",
            relative: { 5e-6 * max(1, 100 / $0) })
    }

    @Test func stepTablesMatchReference() throws {
        let file = try EnhancerFile("steps")
        let sigmas = try EnhancerFile("schedule")("official.sigmas").values(as: Float.self)
        for (name, entry) in index.steps {
            let table = StepTable(
                steps: entry.steps, maximum: entry.maximum, minimum: entry.minimum,
                spacing: entry.spacing)
            let recorded = DPMSolverSDEScheduler(LogSNRSchedule(sigmas: sigmas), table)
            try file.expect(recorded.noiseRatios, equals: "\(name).ksigmas")
            let own = try DPMSolverSDEScheduler(LogSNRSchedule(), table)
            try file.expect(own.noiseRatios, equals: "\(name).ksigmas", relative: conditioned)
            let timesteps = try file.integers("\(name).t_model")
            #expect(recorded.timesteps == timesteps, "\(name)")
            #expect(own.timesteps == timesteps, "\(name)")
        }
        file.expectAllUsed()
    }
}
