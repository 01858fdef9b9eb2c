/// Settings of a noise schedule and its sampler; decodes the published `scheduler_config.json`.
public struct SchedulerConfiguration: Codable, Sendable, Hashable {
    /// How β grows over the training steps.
    public enum BetaSchedule: String, Codable, Sendable {
        /// β itself in equal steps.
        case linear
        /// The root of β in equal steps.
        case scaledLinear = "scaled_linear"
        /// So that `√ᾱ` falls like a cosine (Nichol and Dhariwal, ICML 2021); `betaStart` and `betaEnd` do not matter.
        case squaredCosine = "squaredcos_cap_v2"
    }

    /// Which steps a sampler visits.
    public enum TimestepSpacing: String, Codable, Sendable {
        /// Multiples of the step ratio, plus the offset.
        case leading
        /// Equal distances over the whole range, both ends included.
        case linspace
        /// Multiples counted from the last step.
        case trailing
    }

    /// What a network's output means at a training step with signal `α = √ᾱ` and noise `σ = √(1 − ᾱ)`.
    public enum PredictionType: String, Codable, Sendable {
        /// The noise ε, as the published networks predict it.
        case epsilon
        /// The velocity `α ε − σ x` (Salimans and Ho, ICLR 2022), which says something at pure noise too.
        case velocity = "v_prediction"
    }

    /// Number of training steps.
    public var trainSteps = 1000
    /// β of the first training step.
    public var betaStart = 0.00085
    /// β of the last training step.
    public var betaEnd = 0.012
    /// How β grows.
    public var betaSchedule = BetaSchedule.scaledLinear
    /// Whether the step after the last ends at ᾱ = 1 instead of the first training step's.
    public var setAlphaToOne = false
    /// Added to each visited step.
    public var stepsOffset = 1
    /// Which steps are visited.
    public var timestepSpacing = TimestepSpacing.leading
    /// Whether predicted samples are limited to ±1.
    public var clipSample = false
    /// What the network predicts.
    public var predictionType = PredictionType.epsilon
    /// Whether β is rescaled so that the last training step holds no signal at all (Lin et al., WACV 2024).
    public var hasZeroTerminalSNR = false

    enum CodingKeys: String, CodingKey {
        case trainSteps = "num_train_timesteps"
        case betaStart = "beta_start"
        case betaEnd = "beta_end"
        case betaSchedule = "beta_schedule"
        case setAlphaToOne = "set_alpha_to_one"
        case stepsOffset = "steps_offset"
        case timestepSpacing = "timestep_spacing"
        case clipSample = "clip_sample"
        case predictionType = "prediction_type"
        case hasZeroTerminalSNR = "rescale_betas_zero_snr"
    }

    /// The published settings.
    public init() {}

    /// Decodes settings; what a file leaves out has the published value.
    ///
    /// - Throws: `DecodingError` for words that are not known and numbers that no schedule can have.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func read<Value: Decodable>(_ key: CodingKeys, _ fallback: Value) throws -> Value {
            try values.decodeIfPresent(Value.self, forKey: key) ?? fallback
        }
        trainSteps = try read(.trainSteps, trainSteps)
        betaStart = try read(.betaStart, betaStart)
        betaEnd = try read(.betaEnd, betaEnd)
        betaSchedule = try read(.betaSchedule, betaSchedule)
        setAlphaToOne = try read(.setAlphaToOne, setAlphaToOne)
        stepsOffset = try read(.stepsOffset, stepsOffset)
        timestepSpacing = try read(.timestepSpacing, timestepSpacing)
        clipSample = try read(.clipSample, clipSample)
        predictionType = try read(.predictionType, predictionType)
        hasZeroTerminalSNR = try read(.hasZeroTerminalSNR, hasZeroTerminalSNR)

        func require(_ holds: Bool, _ key: CodingKeys, _ rule: String) throws {
            guard holds else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: values, debugDescription: "\(key.rawValue) \(rule)")
            }
        }
        try require(
            (1...100_000).contains(trainSteps), .trainSteps, "must be from 1 to 100000")
        try require(betaStart > 0, .betaStart, "must be above 0")
        try require(
            betaEnd >= betaStart && betaEnd < 1, .betaEnd, "must be from beta_start to below 1")
        try require(
            (0..<trainSteps).contains(stepsOffset), .stepsOffset,
            "must be from 0 to below num_train_timesteps")
        try require(
            !hasZeroTerminalSNR || (predictionType == .velocity && trainSteps > 1),
            .hasZeroTerminalSNR,
            "needs prediction_type v_prediction: pure noise says nothing about a sample")
    }

    /// Encodes the settings under their published names.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(trainSteps, forKey: .trainSteps)
        try values.encode(betaStart, forKey: .betaStart)
        try values.encode(betaEnd, forKey: .betaEnd)
        try values.encode(betaSchedule, forKey: .betaSchedule)
        try values.encode(setAlphaToOne, forKey: .setAlphaToOne)
        try values.encode(stepsOffset, forKey: .stepsOffset)
        try values.encode(timestepSpacing, forKey: .timestepSpacing)
        try values.encode(clipSample, forKey: .clipSample)
        try values.encode(predictionType, forKey: .predictionType)
        try values.encode(hasZeroTerminalSNR, forKey: .hasZeroTerminalSNR)
    }
}
