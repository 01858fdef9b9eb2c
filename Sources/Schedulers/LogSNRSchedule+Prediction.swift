import Foundation
public import Torch

extension LogSNRSchedule {
    /// What a network's output means at a training step with signal `α` and noise `σ`.
    public enum PredictionType: String, Codable, Sendable, CaseIterable {
        /// The velocity `α ε − σ x` (Salimans and Ho, ICLR 2022).
        case velocity = "v"
        /// The noise ε.
        case noise = "eps"
        /// The clean sample itself.
        case clean = "x0"
    }

    /// How far a predicted clean sample may reach.
    public enum SampleLimit: Sendable, Hashable {
        /// Any value may stand.
        case unlimited
        /// Values are cut at ± this.
        case range(Double)
        /// Values are cut at the quantile of all absolute values, at least 1, and divided by it.
        ///
        /// Source: Saharia et al., "Photorealistic text-to-image diffusion" (NeurIPS 2022), "dynamic thresholding".
        case percentile(Double)
    }

    /// The noisy sample `α x + σ ε` of a training step, for example where the enhancement of a video begins.
    ///
    /// - Parameters:
    ///   - clean: of any shape.
    ///   - noise: standard normal numbers of the same shape.
    ///   - timestep: the training step.
    public func diffuse(
        _ clean: Tensor, noise: Tensor, at timestep: Int
    ) throws(TensorError) -> Tensor {
        try clean * Double(alphas[timestep]) + noise * Double(sigmas[timestep])
    }

    /// The clean sample that a network's output stands for.
    ///
    /// - Parameters:
    ///   - sample: what the network saw, one sample of any shape.
    ///   - prediction: the network's output, of the same shape.
    ///   - timestep: the training step that the network was told.
    public func clean(
        _ sample: Tensor, prediction: Tensor, at timestep: Int,
        as type: PredictionType = .velocity, limit: SampleLimit = .unlimited
    ) throws(TensorError) -> Tensor {
        let (alpha, sigma) = (Double(alphas[timestep]), Double(sigmas[timestep]))
        let clean =
            switch type {
            case .velocity: try sample * alpha - prediction * sigma
            case .noise: try (sample - prediction * sigma) / alpha
            case .clean: prediction
            }
        switch limit {
        case .unlimited:
            return clean
        case .range(let limit):
            return try clean.clamped(to: -limit...limit)
        case .percentile(let share):
            let limit = max(try clean.absolute().quantile(share).item(), 1)
            return try clean.clamped(to: -limit...limit) / limit
        }
    }

    /// What is known of the sample one training step cleaner.
    public struct Posterior {
        /// Its mean, in the sample's shape.
        public let mean: Tensor
        /// Its variance, the same for all elements.
        public let variance: Double
        /// The variance's logarithm, at least −20.
        public let logVariance: Double
        /// The noise in the sample, if the clean sample is right.
        public let noise: Tensor
    }

    /// The distribution of the sample one training step before `timestep`, given a clean sample.
    ///
    /// For step-by-step (ancestral) sampling; the solver of the enhancement does not need it.
    ///
    /// - Parameters:
    ///   - sample: the noisy sample.
    ///   - clean: the clean sample, of the same shape.
    ///   - timestep: the noisy sample's training step; behind step 0 there is no noise at all.
    public func posterior(
        _ sample: Tensor, clean: Tensor, at timestep: Int
    ) throws(TensorError) -> Posterior {
        let (alpha, sigma) = (Double(alphas[timestep]), Double(sigmas[timestep]))
        let alphaBefore = timestep > 0 ? Double(alphas[timestep - 1]) : 1
        let sigmaBefore = timestep > 0 ? Double(sigmas[timestep - 1]) : 0
        let beta = 1 - (alpha / alphaBefore) * (alpha / alphaBefore)
        let weight = alpha * sigmaBefore * sigmaBefore / (alphaBefore * sigma * sigma)
        let variance = beta * (sigmaBefore / sigma) * (sigmaBefore / sigma)
        return Posterior(
            mean: try clean * (beta * alphaBefore / (sigma * sigma)) + sample * weight,
            variance: variance, logVariance: max(log(variance), -20),
            noise: try (sample - clean * alpha) / sigma)
    }
}
