import Foundation
public import Torch

/// DPM-Solver++ of second order, multistep, for the stochastic differential equation: each step adds fresh noise.
///
/// Samples are kept as `x + k ε`, where `k = σ/α`; the network sees them with unit variance (``networkInput(_:at:)``).
/// A step works on each element alone, with separate products and sums: a part of a video gives the same bits as the
/// whole.
///
/// Source: Lu et al., "DPM-Solver++" (2022), as MS-Vid2Vid-XL uses it (`dpmpp_2m_sde`).
public struct DPMSolverSDEScheduler: Sendable, Hashable {
    /// How a step is corrected with the prediction before.
    public enum Correction: String, Codable, Sendable, CaseIterable {
        /// The slope at the middle of the step.
        case midpoint
        /// The slope integrated over the step.
        case heun
    }

    /// How the noisy sample is scaled at the beginning.
    public enum FirstInputScale: String, Codable, Sendable, CaseIterable {
        /// By `σ/α`, as in the release: the network's first input is `σ` times the noisy sample, 0.972 of it at step 599.
        case release
        /// By `1/α`: the network's first input is the noisy sample itself.
        case exact
    }

    /// `σ/α` of each visited point (infinite without signal), and 0 at the end.
    public let noiseRatios: [Double]
    /// The training step that the network is told at each point.
    public let timesteps: [Int]

    private let eta: Double
    private let correction: Correction

    /// A solver over the points of a table.
    ///
    /// - Parameters:
    ///   - table: which points; without a ``StepTable/problem(trainSteps:)``.
    ///   - eta: 1 for the noise of the diffusion process itself, 0 for none.
    ///   - correction: how the prediction before is used.
    public init(
        _ schedule: LogSNRSchedule, _ table: StepTable = StepTable(), eta: Double = 1,
        correction: Correction = .midpoint
    ) {
        precondition(table.problem(trainSteps: schedule.noiseRatios.count) == nil)
        let visited = table.times.dropLast().map(schedule.noiseRatio(at:))
        noiseRatios = visited + [0]
        timesteps = visited.map(schedule.timestep(ofNoiseRatio:))
        self.eta = eta
        self.correction = correction
    }

    /// The solver's sample at the first point from a noisy sample `α x + σ ε`.
    public func begin(
        _ noisy: Tensor, scale: FirstInputScale = .release
    ) throws(TensorError) -> Tensor {
        let ratio = noiseRatios[0]
        guard ratio.isFinite else { return noisy }
        return try noisy * (scale == .release ? ratio : (1 + ratio * ratio).squareRoot())
    }

    /// What the network sees of a sample at a point.
    public func networkInput(_ sample: Tensor, at index: Int) throws(TensorError) -> Tensor {
        let ratio = noiseRatios[index]
        guard ratio.isFinite else { return sample }
        return try sample / (1 + ratio * ratio).squareRoot()
    }

    /// Whether ``step(_:clean:previous:at:noise:)`` adds noise at a point.
    public func addsNoise(at index: Int) -> Bool {
        noiseRatios[index].isFinite && noiseRatios[index + 1] > 0 && eta > 0
    }

    /// Whether ``step(_:clean:previous:at:noise:)`` looks at the prediction of the point before.
    public func usesPrevious(at index: Int) -> Bool {
        index > 0 && noiseRatios[index - 1].isFinite && noiseRatios[index + 1] > 0
    }

    /// One step towards the clean sample.
    ///
    /// - Parameters:
    ///   - sample: the solver's sample, of any shape.
    ///   - clean: the clean sample that was predicted from ``networkInput(_:at:)``, of the same shape.
    ///   - previous: what was predicted at the point before; needed where ``usesPrevious(at:)``.
    ///   - index: position in ``timesteps``.
    ///   - noise: standard normal numbers of the same shape; needed where ``addsNoise(at:)``.
    public func step(
        _ sample: Tensor, clean: Tensor, previous: Tensor?, at index: Int, noise: Tensor?
    ) throws(TensorError) -> Tensor {
        let (here, next) = (noiseRatios[index], noiseRatios[index + 1])
        guard next > 0 else { return clean }
        guard here.isFinite else { return try clean + sample * next }  // the sample is pure noise
        let h = log(here) - log(next)
        let gain = 1 - exp(-h - eta * h)
        var result = try sample * (next / here * exp(-eta * h)) + clean * gain
        if usesPrevious(at: index), let previous {
            let before = log(noiseRatios[index - 1]) - log(here)
            let factor = correction == .midpoint ? gain / 2 : 1 - gain / (h + eta * h)
            result = try result + (clean - previous) * (factor * h / before)
        }
        guard addsNoise(at: index), let noise else { return result }
        return try result + noise * (next * (1 - exp(-2 * eta * h)).squareRoot())
    }
}
