public import Foundations

/// A request that a model can meet: checked, with every default filled in, and its prompts as tokens.
///
/// ``VideoGenerator/prepare(_:continuing:)`` makes it; nothing after that checks again.
public struct PreparedRequest: Sendable {
    /// What was asked for.
    public let request: GenerationRequest
    /// What the video begins with, if that is not generated.
    public let footage: Footage?
    /// How the chunks are made.
    public let settings: SamplingSettings
    /// Which frames each chunk adds.
    public let plan: ChunkPlan

    /// Which prompt each chunk follows.
    let schedule: PromptSchedule
    /// Tokens of the negative prompt and of each prompt of the schedule.
    let tokens: (negative: [Int], prompts: [[Int]])

    /// Frames of the whole video, or `nil` for an endless one.
    public var frameCount: Int? { request.frames.map { $0 + givenFrames } }

    /// Frames that the video begins with and that are not generated.
    public var givenFrames: Int { footage?.frameCount ?? 0 }

    /// Chunks of the whole video, or `nil` for an endless one.
    public var chunkCount: Int? { frameCount.map(plan.chunkCount) }
}
