public import Schedulers
public import Torch
public import VideoModels

/// The sampler of MS-Vid2Vid-XL: noise up to a training step, then DPM-Solver++ with fresh noise in each step.
///
/// Its network predicts clean chunks.
///
/// Source: the release's `video_to_video` with `solver_mode: fast`.
public struct VideoToVideoSampler: EnhancementSampler, Sendable, Hashable {
    private let schedule: LogSNRSchedule
    private let solver: DPMSolverSDEScheduler
    private let firstTimestep: Int
    private let scale: DPMSolverSDEScheduler.FirstInputScale

    /// The release's sampler, unless told otherwise.
    ///
    /// - Parameters:
    ///   - table: the visited points; the noise is that of its noisiest.
    ///   - eta: 1 for the noise of the diffusion process itself, 0 for none.
    ///   - correction: how the prediction before is used.
    ///   - scale: how the first input is scaled.
    /// - Throws: `ConfigurationError.invalid` for steps that the schedule does not have.
    public init(
        _ schedule: LogSNRSchedule, table: StepTable = StepTable(),
        eta: Double = 1, correction: DPMSolverSDEScheduler.Correction = .midpoint,
        scale: DPMSolverSDEScheduler.FirstInputScale = .release
    ) throws(ConfigurationError) {
        if let (field, rule) = table.problem(trainSteps: schedule.noiseRatios.count) {
            throw .invalid(field: field, rule: rule)
        }
        guard eta >= 0, eta <= 1 else {
            throw .invalid(field: "eta", rule: "must be from 0 to 1, not \(eta)")
        }
        self.schedule = schedule
        self.scale = scale
        solver = DPMSolverSDEScheduler(schedule, table, eta: eta, correction: correction)
        firstTimestep = table.maximum
    }

    /// The training step of each network evaluation, from the noisiest.
    public var timesteps: [Int] { solver.timesteps }

    /// The solver's sample of latents that have been made noisy.
    public func begin(_ latents: Tensor, noise: Tensor) throws(TensorError) -> Tensor {
        try begin(noisy: schedule.diffuse(latents, noise: noise, at: firstTimestep))
    }

    /// The solver's sample of latents that are noisy already.
    public func begin(noisy latents: Tensor) throws(TensorError) -> Tensor {
        try solver.begin(latents, scale: scale)
    }

    /// The sample with unit variance.
    public func networkInput(_ sample: Tensor, at index: Int) throws(TensorError) -> Tensor {
        try solver.networkInput(sample, at: index)
    }

    /// Every step but the last, and but one from pure noise.
    public func addsNoise(at index: Int) -> Bool { solver.addsNoise(at: index) }

    /// Every step but the first and the last.
    public func usesPrevious(at index: Int) -> Bool { solver.usesPrevious(at: index) }

    /// One step of the solver; predictions are clean latents.
    public func step(
        _ sample: Tensor, prediction: Tensor, previous: Tensor?, at index: Int, noise: Tensor?
    ) throws(TensorError) -> Tensor {
        try solver.step(sample, clean: prediction, previous: previous, at: index, noise: noise)
    }
}
