public import Torch

/// The sampler of denoising diffusion implicit models (Song et al., ICLR 2021), with noise of any strength `eta`.
///
/// Source: diffusers `DDIMScheduler` as the release configures it; knows no model.
public struct DDIMScheduler: Sendable, Hashable {
    /// Training steps that are visited, from the noisiest.
    public let timesteps: [Int]

    private let schedule: NoiseSchedule
    private let configuration: SchedulerConfiguration
    private let ratio: Int
    private let eta: Double

    /// A sampler of `steps` steps.
    ///
    /// - Parameters:
    ///   - configuration: the noise schedule's settings.
    ///   - steps: number of evaluations, from 1 to the number of training steps.
    ///   - eta: 0 for a deterministic walk, 1 for the noise of the diffusion process itself.
    public init(_ configuration: SchedulerConfiguration, steps: Int, eta: Double) {
        self.configuration = configuration
        self.eta = eta
        schedule = NoiseSchedule(configuration)
        ratio = configuration.trainSteps / max(steps, 1)
        timesteps = TimestepSpacing.timesteps(configuration, steps: steps)
    }

    /// Whether ``step(_:prediction:at:noise:)`` adds noise.
    public var isStochastic: Bool { eta > 0 }

    /// ᾱ behind the step at `timestep`.
    private func alphaBefore(_ timestep: Int) -> Float {
        let previous = timestep - ratio
        if previous >= 0 { return schedule.alphasCumulative[previous] }
        return configuration.setAlphaToOne ? 1 : schedule.alphasCumulative[0]
    }

    /// One step towards the clean sample.
    ///
    /// - Parameters:
    ///   - sample: the noisy sample.
    ///   - prediction: the model's prediction.
    ///   - index: position in ``timesteps``.
    ///   - noise: standard normal numbers of the sample's shape; needed if ``isStochastic``.
    public func step(
        _ sample: Tensor, prediction: Tensor, at index: Int, noise: Tensor?
    ) throws(TensorError) -> Tensor {
        let alpha = Double(schedule.alphasCumulative[timesteps[index]])
        let before = Double(alphaBefore(timesteps[index]))
        var (clean, predictedNoise) = try schedule.separated(
            sample, prediction: prediction, at: timesteps[index])
        // The noise stays as it was predicted: diffusers' `use_clipped_model_output` is off by default.
        if configuration.clipSample { clean = try clean.clamped(to: -1...1) }
        let deviation =
            eta * ((1 - before) / (1 - alpha) * (1 - alpha / before)).squareRoot()
        let direction = max(1 - before - deviation * deviation, 0).squareRoot()
        let next = try (clean * before.squareRoot()).adding(predictedNoise, scaledBy: direction)
        guard deviation > 0, let noise else { return next }
        return try next.adding(noise, scaledBy: deviation)
    }
}
