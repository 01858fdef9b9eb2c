public import Foundations

/// What a user asks for.
///
/// The command line and JSON requests fill the same structure. In JSON the fields of ``sampling`` stand next to the
/// others, `endless` is true for a video without an end, and all but `prompt` may be missing.
public struct GenerationRequest: Sendable, Hashable {
    /// What the video shows.
    public var prompt: String
    /// What it must not show.
    public var negativePrompt = ""
    /// What it shows later, in any order.
    public var promptChanges: [PromptChange] = []
    /// Seed of all randomness.
    public var seed: UInt64
    /// Number of frames, or `nil` for an endless video.
    public var frames: Int? = Self.usualFrames
    /// How the chunks are made, where it is not as the model wants.
    public var sampling = SamplingChanges()
    /// Whether a prompt that is too long may be cut.
    public var truncatesPrompt = false

    /// The most frames of a video, except for an endless one.
    public static let frameLimit = 10_000_000
    /// Frames of a video where a request does not say.
    public static let usualFrames = 24

    /// A request for the usual number of frames.
    ///
    /// - Parameter seed: drawn at random, from 0 to 2³² − 1, unless it is given.
    public init(prompt: String, seed: UInt64? = nil) {
        self.prompt = prompt
        self.seed = seed ?? UInt64.random(in: 0..<1 << 32)
    }

    /// Throws if no model can meet the request.
    public func validate() throws(InvalidField) {
        guard !prompt.isBlank else {
            throw InvalidField("prompt", "is empty. Say what the video shall show")
        }
        if let frames { try InvalidField.require("frames", frames, in: 1...Self.frameLimit) }
        for change in promptChanges where change.frame > Self.frameLimit {
            throw InvalidField(
                PromptChange.field,
                "must name a frame up to \(Self.frameLimit), not \(change.frame)")
        }
    }

    /// How the chunks are made with a model.
    func settings(_ defaults: GenerationDefaults) throws(InvalidField) -> SamplingSettings {
        try sampling.applied(to: defaults.sampling)
    }
}

extension GenerationRequest: Codable {
    private enum CodingKeys: String, CodingKey {
        case prompt, seed, frames, endless
        case negativePrompt = "negative_prompt"
        case promptChanges = "prompt_changes"
        case truncatesPrompt = "truncate_prompt"
    }

    /// Decodes a request from JSON.
    ///
    /// - Throws: `InvalidField` for a missing prompt, an unknown field, with the nearest one, and a value of another type.
    public init(from decoder: any Decoder) throws {
        var fields = try RequestFields(decoder)
        guard let prompt: String = try fields.read("prompt") else {
            throw InvalidField("prompt", "is missing. Say what the video shall show")
        }
        self.init(prompt: prompt, seed: try fields.read("seed"))
        negativePrompt = try fields.read("negative_prompt") ?? negativePrompt
        promptChanges = try fields.read(PromptChange.field) ?? promptChanges
        let (frames, endless): (Int?, Bool?) = (
            try fields.read("frames"), try fields.read("endless")
        )
        guard frames == nil || endless != true else {
            throw InvalidField("frames", "cannot be combined with \(field: "endless")")
        }
        self.frames = endless == true ? nil : frames ?? Self.usualFrames
        truncatesPrompt = try fields.read("truncate_prompt") ?? truncatesPrompt
        sampling = try SamplingChanges(&fields)
        try fields.requireAllKnown()
    }

    /// Encodes the request as it is decoded.
    public func encode(to encoder: any Encoder) throws {
        try sampling.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(prompt, forKey: .prompt)
        try values.encode(negativePrompt, forKey: .negativePrompt)
        try values.encode(promptChanges, forKey: .promptChanges)
        try values.encode(seed, forKey: .seed)
        try values.encodeIfPresent(frames, forKey: .frames)
        if frames == nil { try values.encode(true, forKey: .endless) }
        try values.encode(truncatesPrompt, forKey: .truncatesPrompt)
    }
}
