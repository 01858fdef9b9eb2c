import Synchronization
import Testing
import VideoIO

@testable import StreamingT2V

/// Chunks are made when they are asked for, and not made any longer when nobody wants them.
@Suite struct PulledChunksTests {
    private let generator: VideoGenerator

    init() throws {
        generator = try VideoGenerator(model: SharedModel.folder())
    }

    @Test func noStepHappensUnasked() async throws {
        let log = GenerationLog()
        let chunks = try await generator.chunks(for: .tiny(frames: nil), progress: log.append)
        let iterator = chunks.makeAsyncIterator()
        try await Task.sleep(for: .milliseconds(100))
        #expect(log.count == 0)
        for pulled in 1...3 {
            let chunk = try #require(try await iterator.next())
            #expect(chunk.index == pulled - 1)
            #expect(log.count == 2 * pulled)
            try await Task.sleep(for: .milliseconds(150))
            #expect(log.count == 2 * pulled)
        }
    }

    @Test func nothingHappensBehindTheLastChunk() async throws {
        let log = GenerationLog()
        let iterator = try await generator.chunks(for: .tiny(frames: 24), progress: log.append)
            .makeAsyncIterator()
        while try await iterator.next() != nil {}
        #expect(log.count == 4)
        #expect(try await iterator.next() == nil)
        #expect(try await iterator.next() == nil)
        #expect(log.count == 4)
    }

    /// Each sequence begins anew with each iterator.
    @Test func iteratorsAreIndependent() async throws {
        let chunks = try await generator.chunks(for: .tiny(frames: 16))
        let first = try await chunks.first(1)
        #expect(try await chunks.first(1).map(\.frames) == first.map(\.frames))
    }

    @Test func progressCountsSteps() async throws {
        let log = GenerationLog()
        _ = try await generator.frames(
            .tiny(frames: 24) { $0.sampling.steps = 3 }, progress: log.append)
        #expect(
            log.steps
                == (0..<2).flatMap { chunk in
                    (1...3).map {
                        GenerationProgress(
                            chunk: chunk, frames: chunk == 0 ? 0..<16 : 16..<24, attempt: 0,
                            chunks: 2, step: $0, steps: 3)
                    }
                })
    }

    /// Holds the task that a progress callback is to cancel.
    private final class Canceller: Sendable {
        private let task = Mutex<Task<[RGBFrame], any Error>?>(nil)

        func hold(_ task: Task<[RGBFrame], any Error>) { self.task.withLock { $0 = task } }

        func cancel() -> Bool { task.withLock { $0?.cancel() } != nil }
    }

    @Test(arguments: [(0, 1), (0, 3), (1, 1), (1, 4), (1, 6)])
    func cancellingStopsWithinOneStep(chunk: Int, step: Int) async throws {
        let request = GenerationRequest.tiny(frames: 32) { $0.sampling.steps = 6 }
        let log = GenerationLog()
        let canceller = Canceller()
        let generator = generator
        let task = Task {
            try await generator.frames(request) { progress in
                log.append(progress)
                guard progress.chunk == chunk, progress.step == step else { return }
                while !canceller.cancel() {}  // until the task is known here
            }
        }
        canceller.hold(task)
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(log.count == 6 * chunk + step)
        #expect(log.steps.last?.step == step)

        let again = try await generator.frames(request)
        let fresh = try VideoGenerator(model: SharedModel.folder())
        #expect(try await again == fresh.frames(request))
        #expect(log.count == 6 * chunk + step)
    }

    @Test func cancelledTaskMakesNoStep() async throws {
        let log = GenerationLog()
        let generator = generator
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await generator.frames(.tiny(), progress: log.append)
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(log.count == 0)
    }
}
