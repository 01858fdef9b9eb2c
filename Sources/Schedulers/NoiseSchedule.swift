import Foundation
public import Torch

/// How much noise a diffusion model adds at each training step; decodes the published `scheduler_config.json`.
///
/// Computed in float32 as the published code does, so that the numbers agree to the last bit that matters.
public struct NoiseSchedule: Sendable, Hashable {
    /// Cumulative products ᾱ of `1 − β`, one per training step.
    public let alphasCumulative: [Float]

    private let predictionType: SchedulerConfiguration.PredictionType

    /// A schedule for a configuration.
    public init(_ configuration: SchedulerConfiguration) {
        let count = configuration.trainSteps
        let betas: [Float]
        switch configuration.betaSchedule {
        case .linear:
            betas = Self.linspace(configuration.betaStart, configuration.betaEnd, count)
        case .scaledLinear:
            betas = Self.linspace(
                configuration.betaStart.squareRoot(), configuration.betaEnd.squareRoot(), count
            ).map { $0 * $0 }
        case .squaredCosine:
            betas = Self.squaredCosine(count)
        }
        var product: Float = 1
        let products = betas.map {
            product *= 1 - $0
            return product
        }
        alphasCumulative =
            configuration.hasZeroTerminalSNR ? Self.withoutSignalAtTheEnd(products) : products
        predictionType = configuration.predictionType
    }

    /// Shifts `√ᾱ` to 0 at the last step and scales it so that the first step stays (Lin et al., algorithm 1).
    private static func withoutSignalAtTheEnd(_ alphas: [Float]) -> [Float] {
        let roots = alphas.map { $0.squareRoot() }
        guard let first = roots.first, let last = roots.last, first > last else { return alphas }
        return roots.map {
            let root = ($0 - last) * (first / (first - last))
            return root * root
        }
    }

    /// β of a cosine that ends at no signal, at most 0.999.
    private static func squaredCosine(_ count: Int) -> [Float] {
        func signal(_ share: Double) -> Double {
            let root = cos((share + 0.008) / 1.008 * .pi / 2)
            return root * root
        }
        return (0..<count).map {
            let (here, next) = (Double($0) / Double(count), Double($0 + 1) / Double(count))
            return Float(min(1 - signal(next) / signal(here), 0.999))
        }
    }

    /// `count` numbers from `start` to `end`, computed from both ends as PyTorch does.
    private static func linspace(_ start: Double, _ end: Double, _ count: Int) -> [Float] {
        let step = Float((end - start) / Double(max(count - 1, 1)))
        return (0..<count).map {
            $0 < count / 2
                ? Float(start) + step * Float($0) : Float(end) - step * Float(count - 1 - $0)
        }
    }

    /// `√ᾱ_t x + √(1 − ᾱ_t) noise` for each row of a batch.
    ///
    /// - Parameters:
    ///   - sample: `[B, …]`.
    ///   - noise: of the same shape.
    ///   - timesteps: one per row.
    public func addNoise(
        _ sample: Tensor, noise: Tensor, timesteps: [Int]
    ) throws(TensorError) -> Tensor {
        let (signal, spread) = try parts(of: sample, timesteps: timesteps)
        return try sample * signal + noise * spread
    }

    /// What the network should predict for each row of a batch; arguments as of ``addNoise(_:noise:timesteps:)``.
    public func target(
        _ sample: Tensor, noise: Tensor, timesteps: [Int]
    ) throws(TensorError) -> Tensor {
        guard predictionType == .velocity else { return noise }
        let (signal, spread) = try parts(of: sample, timesteps: timesteps)
        return try noise * signal - sample * spread
    }

    /// `√ᾱ` and `√(1 − ᾱ)` of each row, shaped to multiply `sample`.
    private func parts(
        of sample: Tensor, timesteps: [Int]
    ) throws(TensorError) -> (signal: Tensor, spread: Tensor) {
        let shape = [timesteps.count] + Array(repeating: 1, count: sample.rank - 1)
        let signal = timesteps.map { alphasCumulative[$0].squareRoot() }
        let spread = timesteps.map { (1 - alphasCumulative[$0]).squareRoot() }
        return (
            try Tensor(signal, shape: shape).moved(to: sample.device),
            try Tensor(spread, shape: shape).moved(to: sample.device)
        )
    }

    /// The clean sample and the noise that a prediction stands for.
    func separated(
        _ sample: Tensor, prediction: Tensor, at timestep: Int
    ) throws(TensorError) -> (clean: Tensor, noise: Tensor) {
        let alpha = Double(alphasCumulative[timestep])
        let (signal, spread) = (alpha.squareRoot(), (1 - alpha).squareRoot())
        switch predictionType {
        case .epsilon:
            return (try sample.adding(prediction, scaledBy: -spread) / signal, prediction)
        case .velocity:
            return (
                try (sample * signal).adding(prediction, scaledBy: -spread),
                try (sample * spread).adding(prediction, scaledBy: signal)
            )
        }
    }

    /// The prediction that stands for this clean sample; the inverse of ``separated(_:prediction:at:)``.
    func prediction(
        _ sample: Tensor, clean: Tensor, at timestep: Int
    ) throws(TensorError) -> Tensor {
        let alpha = Double(alphasCumulative[timestep])
        let (signal, spread) = (alpha.squareRoot(), (1 - alpha).squareRoot())
        return switch predictionType {
        case .epsilon: try sample.adding(clean, scaledBy: -signal) / spread
        case .velocity: try (sample * signal).adding(clean, scaledBy: -1) / spread
        }
    }

    /// Min-SNR-5 weight of a squared error of the prediction (Hang et al., ICCV 2023).
    ///
    /// Low noise, where the error is that of details, counts less; for velocities one is added to the ratio, so that pure
    /// noise counts too.
    public func lossWeight(_ timestep: Int) -> Double {
        let alpha = Double(alphasCumulative[timestep])
        let ratio = alpha / (1 - alpha)
        return switch predictionType {
        case .epsilon: min(ratio, 5) / ratio
        case .velocity: (min(ratio, 5) + 1) / (ratio + 1)
        }
    }
}
