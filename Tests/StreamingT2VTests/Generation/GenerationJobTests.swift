import Foundation
import Synchronization
import TestSupport
import Testing
import VideoIO

@testable import StreamingT2V

/// A job writes, reviews and remembers a video, and tells what happens.
@Suite struct GenerationJobTests {
    private let scratch: Scratch
    private let generator: VideoGenerator

    init() throws {
        scratch = try Scratch()
        generator = try VideoGenerator(model: SharedModel.folder())
    }

    private func path(_ name: String) -> String { scratch.folder.appending(path: name).path }

    /// Says the same of each attempt.
    private final class Reviewer: ChunkReviewer {
        let verdict: @Sendable (VideoChunk) -> ChunkVerdict
        private let state = Mutex<[GenerationManifest.Review]>([])
        private let stopped = Mutex(false)

        init(_ verdict: @escaping @Sendable (VideoChunk) -> ChunkVerdict) { self.verdict = verdict }

        var settings: GenerationManifest.Watch {
            GenerationManifest.Watch(policy: "test", retries: 0, limits: [:])
        }
        var lastReviews: [GenerationManifest.Review] { state.withLock { $0 } }
        var hasStopped: Bool { stopped.withLock { $0 } }

        func begin(with frames: [RGBFrame]) {}

        func review(_ chunk: VideoChunk) -> ChunkVerdict {
            state.withLock { reviews in
                if chunk.attempt == 0 { reviews = [] }
                reviews.append(.init(attempt: chunk.attempt, figures: [:], warnings: []))
            }
            let verdict = verdict(chunk)
            if verdict == .stop { stopped.withLock { $0 = true } }
            return verdict
        }

        func save() throws -> Data { Data("saved".utf8) }
        func restore(_ data: Data, lastFrame: RGBFrame) throws {}
    }

    /// Collects chunks; throws at one of them.
    private final class Sink: ChunkSink {
        struct Full: Error {}
        let chunks = Mutex<[VideoChunk]>([])
        let limit: Int

        init(limit: Int = .max) { self.limit = limit }

        func append(_ chunk: VideoChunk) async throws {
            guard chunk.index < limit else { throw Full() }
            chunks.withLock { $0.append(chunk) }
        }
    }

    private func names(_ events: AsyncStream<GenerationEvent>) async -> [String] {
        var names: [String] = []
        for await event in events { names.append(name(event)) }
        return names
    }

    private func name(_ event: GenerationEvent) -> String {
        switch event {
        case .began(let manifest): "began \(manifest.outcome)"
        case .step(let step): "step \(step.chunk).\(step.step)"
        case .reviewed(let chunk, let review): "reviewed \(chunk).\(review.attempt)"
        case .chunk(let chunk): "chunk \(chunk.index)"
        case .saved(let chunk): "saved \(chunk)"
        case .enhanced: "enhanced"
        case .ended(let manifest): "ended \(manifest.outcome)"
        }
    }

    @Test func listenersHearEverythingInOrder() async throws {
        let sink = Sink()
        let state = scratch.folder.appending(path: "state")
        let job = try await GenerationJob(
            generator.prepare(.tiny(frames: 20)), on: generator,
            to: VideoDestination(path("frames/")), sinks: [sink],
            reviewer: Reviewer { $0.index == 1 && $0.attempt == 0 ? .retry : .accept },
            stateFile: state)
        let listeners = (0..<2).map { _ in job.events() }
        let (manifest, failure) = await job.run()
        #expect(failure == nil && manifest.outcome == .complete && manifest.framesWritten == 20)
        let expected = [
            "began running", "step 0.1", "step 0.2", "reviewed 0.0", "chunk 0", "saved 0",
            "step 1.1", "step 1.2", "reviewed 1.0", "step 1.1", "step 1.2", "reviewed 1.1",
            "chunk 1", "saved 1", "ended complete",
        ]
        for listener in listeners { #expect(await names(listener) == expected) }
        #expect(await names(job.events()) == [])
        let frames = sink.chunks.withLock { $0.flatMap(\.frames) }
        var written: [RGBFrame] = []
        for try await frame in try await VideoReader.open(path("frames/")) { written.append(frame) }
        #expect(written == frames && frames.count == 20)
        #expect(manifest.chunks.map(\.attempt) == [0, 1])
        #expect(manifest.chunks[1].reviews?.map(\.attempt) == [0, 1])
        #expect(manifest.weights.count == 5)
        #expect(FileManager.default.fileExists(atPath: state.path))
    }

    /// Without a destination the sinks alone take the video.
    @Test func sinksAreEnough() async throws {
        let sink = Sink()
        let job = try await GenerationJob(
            generator.prepare(.tiny(frames: 17)), on: generator, to: nil, sinks: [sink])
        let (manifest, failure) = await job.run()
        #expect(failure == nil && manifest.framesWritten == 17)
        #expect(sink.chunks.withLock { $0.map(\.frames.count) } == [16, 1])
    }

    @Test func aFailureKeepsWhatIsFinished() async throws {
        let job = try await GenerationJob(
            generator.prepare(.tiny(frames: 40)), on: generator,
            to: VideoDestination(path("frames/")), sinks: [Sink(limit: 2)])
        let (manifest, failure) = await job.run()
        #expect(failure is Sink.Full && manifest.outcome == .failed)
        // The third chunk was written before its sink refused it.
        #expect(manifest.framesWritten == 32 && manifest.chunks.count == 2)
        #expect(ManifestFile.outcome(of: path("frames/")) == .failed)
    }

    @Test func theReviewerMayEndTheVideo() async throws {
        let job = try await GenerationJob(
            generator.prepare(.tiny(frames: 40)), on: generator,
            to: VideoDestination(path("frames/")),
            reviewer: Reviewer { $0.index == 1 ? .stop : .accept })
        let (manifest, failure) = await job.run()
        #expect(failure == nil && manifest.outcome == .stopped && manifest.framesWritten == 16)
        #expect(manifest.watch?.stoppedBy?.count == 1)
    }

    /// However often a reviewer says so, a chunk is made again a bounded number of times.
    @Test func retriesAreBounded() async throws {
        let reviewer = Reviewer { _ in .retry }
        let job = try await GenerationJob(
            generator.prepare(.tiny(frames: 16) { $0.sampling.steps = 1 }), on: generator, to: nil,
            reviewer: reviewer)
        let (manifest, failure) = await job.run()
        #expect(failure == nil && manifest.outcome == .complete)
        #expect(manifest.chunks.map(\.attempt) == [VideoGenerator.attemptLimit - 1])
    }

    @Test func cancellingKeepsWhatIsFinished() async throws {
        let job = try await GenerationJob(
            generator.prepare(.tiny(frames: nil)), on: generator,
            to: VideoDestination(path("frames/")))
        let events = job.events()
        let work = Task { await job.run() }
        for await event in events {
            if case .chunk(let chunk) = event, chunk.index == 1 { work.cancel() }
        }
        let (manifest, failure) = await work.value
        #expect(failure == nil && manifest.outcome == .interrupted)
        #expect(manifest.framesWritten >= 24 && manifest.framesWritten.isMultiple(of: 8))
    }

    /// A job that is cancelled before its first step leaves nothing.
    @Test func cancellingAtOnceLeavesNothing() async throws {
        let job = try await GenerationJob(
            generator.prepare(.tiny(frames: 40)), on: generator,
            to: VideoDestination(path("frames/")))
        let (manifest, failure) = await Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await job.run()
        }.value
        #expect(failure == nil && manifest.outcome == .interrupted && manifest.chunks.isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path).isEmpty)
    }

    @Test func previewsHaveNamesOfTheirKind() {
        for (path, preview) in [
            ("car.mp4", "car.preview.mp4"), ("a.b/car.WEBM", "a.b/car.preview.WEBM"),
            ("frames/", "frames.preview/"), ("a.b/frames", "a.b/frames.preview/"),
        ] {
            #expect(VideoDestination(path).previewPath == preview)
        }
    }

    /// A listener that does not listen holds up nothing and keeps a bounded number of events.
    @Test func aSlowListenerLosesOldEvents() async {
        let broadcast = Broadcast<Int>(limit: 8)
        let slow = broadcast.events()
        for number in 0..<100 { broadcast.send(number) }
        broadcast.finish()
        var heard: [Int] = []
        for await number in slow { heard.append(number) }
        #expect(heard == Array(92..<100))
    }
}
