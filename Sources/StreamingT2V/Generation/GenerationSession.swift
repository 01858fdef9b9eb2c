import Torch

/// What one running generation remembers: independent of how many chunks it has made.
struct GenerationSession {
    let request: GenerationRequest
    /// What the video begins with, if that is not generated.
    let footage: Footage?
    let size: (width: Int, height: Int)
    let plan: ChunkPlan
    let schedule: PromptSchedule
    /// Text tokens of the negative prompt and of each prompt of the schedule, `[2, 77, D]`.
    let texts: [Tensor]

    /// Number of the next chunk.
    var next: Int
    /// Frames that were generated and given away.
    var delivered = 0
    var isOver = false
    /// The first frame of all, `[1, 3, H, W]` in [−1, 1].
    var anchor: Tensor?
    /// Tokens of the null image and the anchor, `[2, image, D]`.
    var images: Tensor?
    /// The last kept frames, `[8, 3, H, W]` in [0, 1].
    var previous: Tensor?
    /// The same ones as latents, if the next chunk keeps them.
    var known: KnownFrames?
    /// What chunks behind the first are conditioned on, as long as they follow the same prompt.
    var conditioning: (prompt: Int, value: StreamingPipeline.Conditioning)?

    /// A generation that has made nothing yet; footage is chunk 0.
    init(
        request: GenerationRequest, footage: Footage?, size: (width: Int, height: Int),
        plan: ChunkPlan, schedule: PromptSchedule, texts: [Tensor]
    ) {
        (self.request, self.footage, self.size, self.plan) = (request, footage, size, plan)
        (self.schedule, self.texts) = (schedule, texts)
        next = footage == nil ? 0 : 1
    }

    /// Frames of the whole video, or `nil` if it is endless.
    var frameCount: Int? { request.frames.map { $0 + (footage?.frameCount ?? 0) } }

    /// Number of the next frame in the video.
    var nextFrame: Int { delivered + (footage?.frameCount ?? 0) }
}
