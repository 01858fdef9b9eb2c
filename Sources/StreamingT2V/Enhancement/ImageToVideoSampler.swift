public import Schedulers
public import Torch
public import VideoModels

/// The sampler of the I2VGen-XL enhancer: noise of a given strength, then DDIM without further noise.
///
/// Its network predicts velocities, with guidance.
///
/// Source: the release's branch `main`, `i2v_enhance`; strength as in Meng et al., "SDEdit" (ICLR 2022).
public struct ImageToVideoSampler: EnhancementSampler, Sendable {
    private let schedule: NoiseSchedule
    private let scheduler: DDIMScheduler
    private let skipped: Int

    /// The noise schedule of I2VGen-XL.
    public static var schedule: SchedulerConfiguration {
        var configuration = SchedulerConfiguration()
        configuration.betaSchedule = .squaredCosine
        configuration.setAlphaToOne = true
        configuration.predictionType = .velocity
        configuration.hasZeroTerminalSNR = true
        return configuration
    }

    /// The release's sampler, unless told otherwise.
    ///
    /// - Parameters:
    ///   - steps: steps of a walk from pure noise.
    ///   - strength: share of them that is taken, above 0 to 1; at least one step.
    /// - Throws: `ConfigurationError.invalid` for steps or a strength that cannot be.
    public init(
        _ configuration: SchedulerConfiguration = ImageToVideoSampler.schedule, steps: Int = 30,
        strength: Double = 0.97
    ) throws(ConfigurationError) {
        guard (1...configuration.trainSteps).contains(steps) else {
            throw .invalid(
                field: "steps", rule: "must be from 1 to \(configuration.trainSteps), not \(steps)")
        }
        guard strength > 0, strength <= 1 else {
            throw .invalid(field: "strength", rule: "must be above 0 to 1, not \(strength)")
        }
        schedule = NoiseSchedule(configuration)
        scheduler = DDIMScheduler(configuration, steps: steps, eta: 0)
        skipped = steps - max(1, Int(Double(steps) * strength))
    }

    /// The training step of each network evaluation, from the noisiest.
    public var timesteps: [Int] { Array(scheduler.timesteps.dropFirst(skipped)) }

    /// Latents with the noise of the first step.
    public func begin(_ latents: Tensor, noise: Tensor) throws(TensorError) -> Tensor {
        try schedule.addNoise(
            latents, noise: noise,
            timesteps: Array(repeating: scheduler.timesteps[skipped], count: latents.shape[0]))
    }

    /// The sample itself.
    public func networkInput(_ sample: Tensor, at index: Int) throws(TensorError) -> Tensor {
        sample
    }

    /// No step.
    public func addsNoise(at index: Int) -> Bool { false }

    /// No step.
    public func usesPrevious(at index: Int) -> Bool { false }

    /// One step of DDIM; predictions are velocities.
    public func step(
        _ sample: Tensor, prediction: Tensor, previous: Tensor?, at index: Int, noise: Tensor?
    ) throws(TensorError) -> Tensor {
        try scheduler.step(sample, prediction: prediction, at: skipped + index, noise: nil)
    }
}
