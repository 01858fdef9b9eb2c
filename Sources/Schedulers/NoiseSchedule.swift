import Foundation
public import Torch

/// How much noise a diffusion model adds at each training step; decodes the published `scheduler_config.json`.
///
/// Computed in float32 as the published code does, so that the numbers agree to the last bit that matters.
public struct NoiseSchedule: Sendable, Hashable {
    /// Cumulative products ᾱ of `1 − β`, one per training step.
    public let alphasCumulative: [Float]

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
        }
        var product: Float = 1
        alphasCumulative = betas.map {
            product *= 1 - $0
            return product
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
        let shape = [timesteps.count] + Array(repeating: 1, count: sample.rank - 1)
        let signal = try Tensor(
            timesteps.map { alphasCumulative[$0].squareRoot() }, shape: shape
        ).moved(to: sample.device)
        let spread = try Tensor(
            timesteps.map { (1 - alphasCumulative[$0]).squareRoot() }, shape: shape
        ).moved(to: sample.device)
        return try sample * signal + noise * spread
    }

    /// Signal-to-noise ratio ᾱ / (1 − ᾱ) of a training step.
    public func signalToNoise(_ timestep: Int) -> Double {
        let alpha = Double(alphasCumulative[timestep])
        return alpha / (1 - alpha)
    }
}
