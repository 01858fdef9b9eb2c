/// A request with every value that the enhancer's defaults filled in.
public struct EnhancementSettings: Codable, Sendable, Hashable {
    /// What the text encoder reads.
    public var prompt: String
    /// What the text encoder reads for the branch without the prompt.
    public var negativePrompt: String
    /// Seed of all randomness.
    public var seed: UInt64
    /// Last steps in which chunks do not wait for each other.
    public var lowDelaySteps: Int
    /// Whether the prompt could be cut.
    public var truncatesPrompt: Bool
    /// Everything else.
    public var sampling: EnhancementDefaults
}
