package import Torch

/// All that a further chunk needs of the chunks before it: clean latents of the first chunk, which has the anchor frame, and
/// of the last ones, which have the frames that it is conditioned on.
///
/// Everything else follows from these by the same computations, to the same bits: frames are decoded again, and noise
/// depends on seed, attempt, chunk and step alone. See `StreamState+Archive` for how it is stored.
public struct StreamState {
    /// A finished chunk.
    package struct Chunk {
        package let index: Int
        /// The attempt that became part of the video, from 0; its seed is the request's plus this.
        package let attempt: Int
        /// Clean, scaled latents `[1, C, F, h, w]`, contiguous.
        package let latents: Tensor
    }

    /// Number of the chunk that is made next; the first one after footage is 1.
    public private(set) var nextChunk: Int
    /// Chunk 0, if it was generated, and the last chunks, in their order.
    package private(set) var chunks: [Chunk] = []

    /// The state before the first generated chunk.
    ///
    /// - Parameter isContinuation: whether something else takes the place of chunk 0.
    package init(isContinuation: Bool = false) {
        nextChunk = isContinuation ? 1 : 0
    }

    init(nextChunk: Int, chunks: [Chunk]) {
        (self.nextChunk, self.chunks) = (nextChunk, chunks)
    }

    /// Adds a chunk.
    ///
    /// - Parameter count: how many of the last chunks the next one needs.
    mutating func append(_ chunk: Chunk, keeping count: Int) {
        chunks.append(chunk)
        nextChunk = chunk.index + 1
        chunks.removeAll { $0.index > 0 && $0.index < nextChunk - count }
    }
}
