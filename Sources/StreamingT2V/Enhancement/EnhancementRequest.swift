public import Foundations
import VideoModels

/// How a user wants a video to be enhanced.
///
/// The command line and JSON requests fill the same structure. In JSON the fields of ``changes`` stand next to the others,
/// and all but `prompt` may be missing.
public struct EnhancementRequest: Sendable, Hashable {
    /// What the video shows.
    public var prompt: String
    /// What it must not show.
    public var negativePrompt = ""
    /// Seed of all randomness.
    public var seed: UInt64
    /// What is wanted otherwise than the enhancer has it.
    public var changes = EnhancementChanges()
    /// Last steps in which chunks do not wait for each other; approximate.
    public var lowDelaySteps = 0
    /// Whether a prompt that is too long may be cut.
    public var truncatesPrompt = false

    /// A request with the enhancer's defaults.
    ///
    /// - Parameter seed: drawn at random, from 0 to 2³² − 1, unless it is given.
    public init(prompt: String, seed: UInt64? = nil) {
        self.prompt = prompt
        self.seed = seed ?? UInt64.random(in: 0..<1 << 32)
    }

    /// The request with every value that the defaults fill in.
    ///
    /// - Throws: `InvalidField` if the request cannot be met.
    public func settings(
        _ defaults: EnhancementDefaults
    ) throws(InvalidField) -> EnhancementSettings {
        guard !prompt.isBlank else {
            throw InvalidField("prompt", "is empty. Say what the video shows")
        }
        let sampling = changes.applied(to: defaults)
        do throws(ConfigurationError) {
            try sampling.validate()
        } catch {
            throw InvalidField(error)
        }
        guard (0...sampling.steps).contains(lowDelaySteps) else {
            throw InvalidField(
                "low_delay_steps",
                "must be from 0 to the \(sampling.steps) steps, not \(lowDelaySteps)")
        }
        return EnhancementSettings(
            prompt: prompt + sampling.promptSuffix, negativePrompt: negativePrompt, seed: seed,
            lowDelaySteps: lowDelaySteps, truncatesPrompt: truncatesPrompt, sampling: sampling)
    }
}

extension EnhancementRequest: Decodable {
    /// Decodes a request from JSON.
    ///
    /// - Throws: `InvalidField` for a missing prompt, an unknown field, with the nearest one, and a value of another type.
    public init(from decoder: any Decoder) throws {
        var fields = try RequestFields(decoder)
        guard let prompt: String = try fields.read("prompt") else {
            throw InvalidField("prompt", "is missing. Say what the video shows")
        }
        self.init(prompt: prompt, seed: try fields.read("seed"))
        negativePrompt = try fields.read("negative_prompt") ?? negativePrompt
        lowDelaySteps = try fields.read("low_delay_steps") ?? lowDelaySteps
        truncatesPrompt = try fields.read("truncate_prompt") ?? truncatesPrompt
        changes = try EnhancementChanges(&fields)
        try fields.requireAllKnown()
    }
}

extension InvalidField {
    /// The same fault of a configuration's field.
    init(_ error: ConfigurationError) {
        switch error {
        case .invalid(let field, let rule): self.init(field, FailureText(rule))
        case .unreadable(let file, let reason): self.init("request", "\(file): \(reason)")
        }
    }
}
