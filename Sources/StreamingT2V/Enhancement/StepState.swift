import Torch

/// What one step of the solver keeps in memory.
struct StepState {
    /// Samples before the step; from the next chunk's first frame on.
    var samples = FrameWindow()
    /// Predictions of the step before, for the frames that have not taken this step.
    var previous = FrameWindow()
    /// Chunks put together, as far as they can still change.
    var mixed = FrameWindow()
    /// Number of the chunk that comes next.
    var nextChunk = 0
    /// Number of frames that have taken the step.
    var final = 0
    /// Each chunk's own prediction of the step before, where samples are put together.
    var histories: [Int: Tensor] = [:]

    var heldFrames: Int {
        samples.count + previous.count + mixed.count
            + histories.values.reduce(0) { $0 + $1.shape[2] }
    }
}
