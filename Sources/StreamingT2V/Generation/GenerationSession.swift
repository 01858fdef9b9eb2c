import Torch

/// What one running generation remembers: independent of how many chunks it has made.
struct GenerationSession {
    let request: GenerationRequest
    let size: (width: Int, height: Int)
    let schedule: PromptSchedule
    /// Text tokens of the negative prompt and of each prompt of the schedule, `[2, 77, D]`.
    let texts: [Tensor]

    /// Number of the next chunk.
    var next = 0
    /// Frames that were given away.
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
}
