import StreamingT2V
import Synchronization
import Testing
import VideoIO

/// Chunks are judged before they become part of the video.
@Suite struct ChunkReviewTests {
    private let generator: VideoGenerator

    init() throws {
        generator = try VideoGenerator(model: SharedModel.folder())
    }

    /// The chunks of a video, and the (chunk, attempt) pairs that the reviewer saw.
    private func chunks(
        seed: UInt64 = 5, _ verdict: @escaping @Sendable (VideoChunk) -> ChunkVerdict
    ) async throws -> (chunks: [VideoChunk], seen: [[Int]]) {
        let seen = Mutex<[[Int]]>([])
        let request = GenerationRequest.tiny(frames: 32) { $0.seed = seed }
        let iterator = try await generator.chunks(
            for: request,
            review: { chunk in
                seen.withLock { $0.append([chunk.index, chunk.attempt]) }
                return verdict(chunk)
            }
        ).makeAsyncIterator()
        var chunks: [VideoChunk] = []
        while let chunk = try await iterator.next() { chunks.append(chunk) }
        #expect(try await iterator.next() == nil)
        return (chunks, seen.withLock { $0 })
    }

    @Test func aRetryTakesTheNextSeedForThatChunkAlone() async throws {
        let plain = try await chunks { _ in .accept }
        #expect(plain.seen == [[0, 0], [1, 0], [2, 0]])
        let mended = try await chunks { $0.index == 1 && $0.attempt == 0 ? .retry : .accept }
        #expect(mended.seen == [[0, 0], [1, 0], [1, 1], [2, 0]])
        #expect(mended.chunks.map(\.attempt) == [0, 1, 0])
        #expect(mended.chunks.map(\.firstFrame) == [0, 16, 24])
        #expect(mended.chunks[0].frames == plain.chunks[0].frames)
        #expect(mended.chunks[1].frames != plain.chunks[1].frames)
        // The third chunk goes on from the second attempt, with its own seed.
        #expect(mended.chunks[2].frames != plain.chunks[2].frames)

        let next = try await chunks(seed: 6) { _ in .accept }
        let first = try await chunks { $0.index == 0 && $0.attempt == 0 ? .retry : .accept }
        #expect(first.chunks[0].frames == next.chunks[0].frames)
    }

    @Test func anEarlierAttemptCanBeTaken() async throws {
        let plain = try await chunks { _ in .accept }
        let taken = try await chunks {
            guard $0.index == 1 else { return .accept }
            return $0.attempt < 2 ? .retry : .take(attempt: 0)
        }
        #expect(taken.seen == [[0, 0], [1, 0], [1, 1], [1, 2], [2, 0]])
        #expect(taken.chunks.map(\.frames) == plain.chunks.map(\.frames))
    }

    @Test func stoppingEndsTheVideoBeforeTheChunk() async throws {
        let stopped = try await chunks { $0.index == 1 ? .stop : .accept }
        #expect(stopped.seen == [[0, 0], [1, 0]])
        #expect(stopped.chunks.map(\.index) == [0])
    }
}
