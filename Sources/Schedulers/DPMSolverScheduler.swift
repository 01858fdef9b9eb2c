import Foundation
public import Torch

/// DPM-Solver++ of second order, multistep (Lu et al., 2022): good samples in few steps, without added noise.
///
/// Source: diffusers `DPMSolverMultistepScheduler` (order 2, midpoint, lower order at the end, final sigma 0).
public struct DPMSolverScheduler: Sendable {
    /// Training steps that are visited, from the noisiest.
    public let timesteps: [Int]
    /// `√((1 − ᾱ)/ᾱ)` of each visited step (infinite without signal), and 0 at the end.
    public let sigmas: [Double]

    private let schedule: NoiseSchedule

    /// A sampler of `steps` steps.
    ///
    /// Its steps are spaced over the whole range unless told otherwise: a diffusers scheduler does not take over spacing
    /// that its source left to a default.
    public init(
        _ configuration: SchedulerConfiguration, steps: Int,
        spacing: SchedulerConfiguration.TimestepSpacing = .linspace
    ) {
        let schedule = NoiseSchedule(configuration)
        self.schedule = schedule
        timesteps = Self.timesteps(configuration, steps: steps, spacing: spacing)
        sigmas =
            timesteps.map {
                let alpha = Double(schedule.alphasCumulative[$0])
                return ((1 - alpha) / alpha).squareRoot()
            } + [0]
    }

    private static func timesteps(
        _ configuration: SchedulerConfiguration, steps: Int,
        spacing: SchedulerConfiguration.TimestepSpacing
    ) -> [Int] {
        let count = configuration.trainSteps
        switch spacing {
        case .linspace:  // one more than is visited, without the last
            let distance = Double(count - 1) / Double(steps)
            return (1...steps).reversed().map {
                Int((Double($0) * distance).rounded(.toNearestOrEven))
            }
        case .leading:
            let ratio = count / (steps + 1)
            return (1...steps).reversed().map {
                min($0 * ratio + configuration.stepsOffset, count - 1)
            }
        case .trailing:
            var trailing = configuration
            trailing.timestepSpacing = .trailing
            return TimestepSpacing.timesteps(trailing, steps: steps)
        }
    }

    /// Clean samples that the solver has predicted so far; begins empty with each sample.
    public struct History {
        var previous: Tensor?

        /// The history before the first step.
        public init() {}
    }

    /// One step towards the clean sample.
    ///
    /// - Parameters:
    ///   - sample: the noisy sample.
    ///   - prediction: the model's prediction.
    ///   - index: position in ``timesteps``.
    ///   - history: kept between the steps of one sample.
    public func step(
        _ sample: Tensor, prediction: Tensor, at index: Int, history: inout History
    ) throws(TensorError) -> Tensor {
        let (clean, _) = try schedule.separated(
            sample, prediction: prediction, at: timesteps[index])
        defer { history.previous = clean }
        let rule = rule(at: index)
        guard let ratio = rule.sampleFactor else { return try clean * rule.cleanFactor }
        let base = try sample * ratio
        guard let previous = history.previous, let slopeFactor = rule.slopeFactor else {
            return try base.adding(clean, scaledBy: rule.cleanFactor)
        }
        let slope = try (clean - previous) * slopeFactor
        return try base.adding(clean, scaledBy: rule.cleanFactor)
            .adding(slope, scaledBy: rule.cleanFactor / 2)
    }

    /// The prediction with which ``step(_:prediction:at:history:)`` arrives at `next`: what a network has to say that takes
    /// in one step what another takes in several (Salimans & Ho, Progressive Distillation, ICLR 2022, appendix G).
    ///
    /// - Parameters:
    ///   - sample: the noisy sample.
    ///   - next: where the step shall lead to.
    ///   - index: position in ``timesteps``.
    ///   - history: of the steps before, which led along the same way.
    public func prediction(
        from sample: Tensor, to next: Tensor, at index: Int, history: inout History
    ) throws(TensorError) -> Tensor {
        let rule = rule(at: index)
        var clean: Tensor
        if let ratio = rule.sampleFactor {
            clean = try next.adding(sample, scaledBy: -ratio) / rule.cleanFactor
            if let previous = history.previous, let slopeFactor = rule.slopeFactor {
                let share = slopeFactor / 2
                clean = try clean.adding(previous, scaledBy: share) / (1 + share)
            }
        } else {
            clean = try next / rule.cleanFactor
        }
        history.previous = clean
        return try schedule.prediction(sample, clean: clean, at: timesteps[index])
    }

    /// How a step puts the next sample together: `sampleFactor · sample + cleanFactor · (clean + slopeFactor / 2 · (clean −
    /// clean before))`.
    private struct Rule {
        /// `nil` where nothing of the sample stays.
        var sampleFactor: Double?
        var cleanFactor: Double
        /// `nil` in steps of first order.
        var slopeFactor: Double?
    }

    private func rule(at index: Int) -> Rule {
        let (alphaHere, sigmaHere) = Self.split(sigmas[index])
        let (alphaNext, sigmaNext) = Self.split(sigmas[index + 1])
        if sigmaNext == 0 { return Rule(cleanFactor: alphaNext) }
        let lambdaHere = log(alphaHere) - log(sigmaHere)
        let lambdaNext = log(alphaNext) - log(sigmaNext)
        let h = lambdaNext - lambdaHere
        var rule = Rule(
            sampleFactor: sigmaNext / sigmaHere, cleanFactor: -alphaNext * (exp(-h) - 1))
        let isLast = index == timesteps.count - 1
        if index > 0, !(isLast && timesteps.count < 15) {
            let (alphaBefore, sigmaBefore) = Self.split(sigmas[index - 1])
            rule.slopeFactor = h / (lambdaHere - (log(alphaBefore) - log(sigmaBefore)))
        }
        return rule
    }

    /// `α` and `σ` with `α² + σ² = 1` from their ratio.
    private static func split(_ sigma: Double) -> (alpha: Double, sigma: Double) {
        guard sigma.isFinite else { return (0, 1) }  // pure noise
        let alpha = 1 / (sigma * sigma + 1).squareRoot()
        return (alpha, sigma * alpha)
    }
}
