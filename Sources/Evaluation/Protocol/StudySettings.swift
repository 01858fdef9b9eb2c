public import StreamingT2V

/// What the numbers of a study depend on besides prompt, seed and length.
public struct StudySettings: Codable, Sendable, Hashable {
    /// Version of the program.
    public let version: String
    /// The model folder's name.
    public let model: String
    /// SHA-256 of the weight files, by their path in the folder.
    public let weights: [String: String]
    /// How the model samples.
    public let sampling: SamplingSettings
    /// Where it computes.
    public let device: String
    /// What it computes in.
    public let dtype: String
    /// The estimator of optical flow.
    public let flow: String
    /// Names of the metrics.
    public let metrics: [String]
    /// Whether prompts that are too long are cut.
    public let truncatesPrompts: Bool

    enum CodingKeys: String, CodingKey {
        case version, model, weights, sampling, device, dtype, flow, metrics
        case truncatesPrompts = "truncates_prompts"
    }

    /// Gathers settings.
    public init(
        version: String, model: String, weights: [String: String], sampling: SamplingSettings,
        device: String, dtype: String, flow: String, metrics: [String], truncatesPrompts: Bool
    ) {
        (self.version, self.model, self.weights) = (version, model, weights)
        (self.sampling, self.device, self.dtype) = (sampling, device, dtype)
        (self.flow, self.metrics) = (flow, metrics)
        self.truncatesPrompts = truncatesPrompts
    }
}
