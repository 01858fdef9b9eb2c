import StreamingT2V
import Torch

/// A chunk as the teacher made it, in the steps of the student.
struct TeacherChunk {
    /// What the student sees in each of its steps, `[S, C, F, h, w]`.
    let samples: Tensor
    /// What it shall predict, of the same shape.
    let targets: Tensor
    /// Text, or text and anchor, `[1, N, D]`.
    let tokens: Tensor
    /// The last frames of the chunk before, `[Fc, 3, H, W]`; `nil` for the first chunk.
    let condition: Tensor?
    /// The chunk's first frames, which are known from the chunk before.
    let known: KnownFrames?
    /// What the teacher arrived at, `[1, C, F, h, w]`.
    let latents: Tensor
}
