import StreamingT2V
import Torch

/// Where the chunks of an enhanced video meet.
struct EnhancementJoins: Hashable {
    /// Frames that come from another chunk than the one before, in the solver's last step.
    var joined: Set<Int> = []
    /// Frames at which two chunks could have met: those that they share, and the one behind.
    var shared: Set<Int> = []
}

extension EnhancementSettings {
    /// Where the chunks of a video of so many frames meet.
    func joins(frames: Int) throws -> EnhancementJoins {
        let grid = try sampling.grid()
        let chunks = try grid.chunkCount(frames: frames)
        let generator = RandomGenerator(seed: seed)
        var joins = EnhancementJoins()
        for boundary in 1..<max(chunks, 1) {
            let first = grid.frames(ofChunk: boundary).lowerBound
            // Without blending in the last step, all shared frames are the earlier chunk's.
            let offset =
                lowDelaySteps > 0
                ? grid.overlap
                : sampling.blending.offset(
                    overlap: grid.overlap, step: sampling.steps - 1, boundary: boundary,
                    from: generator)
            joins.joined.insert(first + offset)
            joins.shared.formUnion(first...first + grid.overlap)
        }
        return joins
    }
}
