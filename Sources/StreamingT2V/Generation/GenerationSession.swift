import Foundation
import VideoIO

/// One running generation: what ``VideoChunks`` holds and the generator works on.
///
/// `@unchecked Sendable`: its generator's thread alone touches what it holds.
final class GenerationSession: @unchecked Sendable {
    let request: PreparedRequest
    private(set) var rollout: ChunkRollout
    /// The file of the state that it began from, and what that holds for a reviewer.
    let reviewer: (file: URL, notes: Data?)?
    /// Whether the reviewer ended the video.
    private var isOver = false

    init(
        _ request: PreparedRequest, _ rollout: ChunkRollout,
        reviewer: (file: URL, notes: Data?)?
    ) {
        (self.request, self.rollout, self.reviewer) = (request, rollout, reviewer)
    }

    /// Makes the next chunk, as often as the reviewer asks for it, or returns `nil` after the last.
    func next(
        _ shelf: NetworkShelf, timeline: Timeline?,
        progress: @escaping (GenerationProgress) -> Void, review: ChunkReview
    ) throws -> VideoChunk? {
        guard !isOver, !newFrames.isEmpty else { return nil }
        var attempts: [(rollout: ChunkRollout, chunk: VideoChunk)] = []
        while true {
            var rollout = rollout
            let chunk = try make(
                &rollout, attempt: attempts.count, shelf, timeline, progress: progress)
            attempts.append((rollout, chunk))
            let taken: Int
            switch review(chunk) {
            case .retry where attempts.count < VideoGenerator.attemptLimit: continue
            case .accept, .retry: taken = attempts.count - 1
            case .take(let attempt): taken = min(max(attempt, 0), attempts.count - 1)
            case .stop:
                isOver = true
                return nil
            }
            self.rollout = attempts[taken].rollout
            return attempts[taken].chunk
        }
    }

    /// Makes one attempt at the next chunk.
    private func make(
        _ rollout: inout ChunkRollout, attempt: Int, _ shelf: NetworkShelf, _ timeline: Timeline?,
        progress: @escaping (GenerationProgress) -> Void
    ) throws -> VideoChunk {
        let index = rollout.state.nextChunk
        let steps = index == 0 ? request.settings.firstSteps : request.settings.steps
        let (range, chunks) = (newFrames, request.chunkCount)
        let made = try rollout.next(
            attempt: attempt,
            observer: ChunkRollout.Observer(
                timeline: timeline, use: { try shelf.use($0.networks) },
                step: { step, _ in
                    progress(
                        GenerationProgress(
                            chunk: index, frames: range, attempt: attempt, chunks: chunks,
                            step: step + 1, steps: steps))
                    try Task.checkCancellation()
                }))
        return VideoChunk(
            index: index, attempt: attempt, firstFrame: range.lowerBound,
            frames: try made.frames.slice(0, 0..<range.count).frames(),
            denoisingSeconds: made.seconds.denoising, decodingSeconds: made.seconds.decoding,
            loadingSeconds: made.seconds.loading, began: made.began)
    }

    /// The last frame so far; `nil` at the beginning.
    func lastFrame(_ shelf: NetworkShelf, timeline: Timeline?) throws -> RGBFrame? {
        try rollout.lastFrame(
            observer: ChunkRollout.Observer(
                timeline: timeline, use: { try shelf.use($0.networks) }, step: { _, _ in })
        )?.frames().first
    }

    /// Numbers of the frames that the next chunk adds, as far as they are asked for.
    private var newFrames: Range<Int> {
        let all = request.plan.frameRange(chunk: rollout.state.nextChunk)
        return all.clamped(to: all.lowerBound..<max(request.frameCount ?? .max, all.lowerBound))
    }
}
