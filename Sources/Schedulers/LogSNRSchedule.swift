import Foundation

/// A noise schedule given by its signal-to-noise ratio: a cosine curve that is shifted more the less noise there is.
///
/// At training step `i` a sample is `αᵢ x + σᵢ ε` with `αᵢ² + σᵢ² = 1`; step 0 is the cleanest. Computed in float32 as
/// the published code does: near the last step `1 − σ²` cancels, and only the same roundings give the same `α`.
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
    public init(_ configuration: Configuration = Configuration()) {
        let sigmas = Self.logSNRs(configuration).map { (1 / (1 + exp($0))).squareRoot() }
        guard configuration.hasZeroTerminalSNR else {
            self.init(sigmas: sigmas)
            return
        }
        let (first, last) = (sigmas[0], sigmas[sigmas.count - 1])
        let stretch = (1 - first) / (last - first)
        self.init(sigmas: sigmas.map { first + ($0 - first) * stretch })
    }

    /// `ln(α²/σ²)` of each training step, before the terminal signal is taken away.
    public static func logSNRs(_ configuration: Configuration) -> [Float] {
        let count = configuration.trainSteps
        precondition(count > 1, "a noise schedule needs two steps")
        let noisiest = atan(exp(-configuration.minimumLogSNR / 2))
        let cleanest = atan(exp(-configuration.maximumLogSNR / 2))
        let (low, high) = (configuration.minimumScale, configuration.maximumScale)
        let shifts = (Float(2 * log(1 / low)), Float(2 * log(1 / high)))
        let step = Float(-1 / Double(count - 1))
        return (0..<count).map { index in
            // From 1 down to 0, counted from the nearer end and rounded once.
            let cleanness =
                index < count / 2
                ? Float(1).addingProduct(step, Float(index)) : -step * Float(count - 1 - index)
            let product = cleanness * Float(cleanest - noisiest)
            let cosine = -2 * log(tan(Float(noisiest) + product))
            let near = cleanness * (cosine + shifts.0)
            let far = (1 - cleanness) * (cosine + shifts.1)
            return near + far
        }
    }
}
