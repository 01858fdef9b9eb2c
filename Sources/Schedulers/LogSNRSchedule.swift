import Foundation
public import Torch

/// A noise schedule given by its signal-to-noise ratio: a cosine curve that is shifted more the less noise there is.
///
/// At training step `i` a sample is `αᵢ x + σᵢ ε` with `αᵢ² + σᵢ² = 1`; step 0 is the cleanest. Computed in float32 with
/// LibTorch's functions, as the published code does: where there is much noise `1 − σ²` cancels, and one other rounding
/// of `σ` is seen in every prediction.
///
/// Source: Hoogeboom et al., "Simple diffusion" (ICML 2023), section "Adjusting noise schedules", interpolated between
/// two shifts; zero terminal signal as in Lin et al. (WACV 2024), but on `σ`; MS-Vid2Vid-XL uses the defaults.
public struct LogSNRSchedule: Sendable, Hashable {
    /// Settings of the schedule, under the names of the published function's arguments.
    public struct Configuration: Codable, Sendable, Hashable {
        /// Number of training steps, at least 2.
        public var trainSteps = 1000
        /// Shift at the noisiest step: how many times larger the images are than those the cosine curve was made for.
        public var minimumScale = 2.0
        /// Shift at the cleanest step.
        public var maximumScale = 4.0
        /// Logarithm of the signal-to-noise ratio at the noisiest step, before the shift.
        public var minimumLogSNR = -15.0
        /// Logarithm of the signal-to-noise ratio at the cleanest step, before the shift.
        public var maximumLogSNR = 15.0
        /// Whether the noisiest step holds no signal at all.
        public var hasZeroTerminalSNR = true

        enum CodingKeys: String, CodingKey {
            case trainSteps = "n"
            case minimumScale = "scale_min"
            case maximumScale = "scale_max"
            case minimumLogSNR = "logsnr_min"
            case maximumLogSNR = "logsnr_max"
            case hasZeroTerminalSNR = "zero_terminal_snr"
        }

        /// The values of MS-Vid2Vid-XL.
        public init() {}
    }

    /// `σ` of each training step.
    public let sigmas: [Float]
    /// `α = √(1 − σ²)` of each training step.
    public let alphas: [Float]
    /// `σ / α` of each training step; infinite where there is no signal.
    public let noiseRatios: [Float]

    /// A schedule of given noise.
    ///
    /// - Precondition: at least two steps; `σ` in [0, 1], growing.
    public init(sigmas: [Float]) {
        precondition(sigmas.count > 1, "a noise schedule needs two steps")
        self.sigmas = sigmas
        alphas = sigmas.map { max(1 - $0 * $0, 0).squareRoot() }
        noiseRatios = zip(sigmas, alphas).map { $0 / $1 }
    }

    /// The schedule of a configuration.
    public init(_ configuration: Configuration = Configuration()) throws(TensorError) {
        let logarithms = try Self.logSNRs(configuration)
        let negated = try Tensor(logarithms, shape: [logarithms.count]) * -1
        let sigmas: [Float] = try Operator.call("aten::sigmoid", "", .tensor(negated))
            .squareRoot().values()
        guard configuration.hasZeroTerminalSNR, let first = sigmas.first, let last = sigmas.last
        else {
            self.init(sigmas: sigmas)
            return
        }
        let stretch = (1 - first) / (last - first)
        self.init(sigmas: sigmas.map { first + ($0 - first) * stretch })
    }

    /// `ln(α²/σ²)` of each training step, before the terminal signal is taken away.
    public static func logSNRs(_ configuration: Configuration) throws(TensorError) -> [Float] {
        precondition(configuration.trainSteps > 1, "a noise schedule needs two steps")
        let noisiest = atan(exp(-configuration.minimumLogSNR / 2))
        let cleanest = atan(exp(-configuration.maximumLogSNR / 2))
        let noisiness = try Operator.call(
            "aten::linspace", "", .double(1), .double(0), .int(configuration.trainSteps))
        let angles = try noisiness * (cleanest - noisiest) + noisiest
        let tangents = try Operator.call("aten::tan", "", .tensor(angles))
        let cosine = try Operator.call("aten::log", "", .tensor(tangents)) * -2
        let low = try noisiness * (cosine + 2 * log(1 / configuration.minimumScale))
        let high = try (noisiness * -1 + 1) * (cosine + 2 * log(1 / configuration.maximumScale))
        return try (low + high).values()
    }
}
