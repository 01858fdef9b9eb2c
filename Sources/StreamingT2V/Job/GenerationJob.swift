public import Foundation
import Foundations
import Synchronization
import VideoIO

/// One video from its request to the closed file: pulls chunks, writes and reviews them, keeps the manifest, and keeps what
/// is finished when something stops it.
///
/// Cancelling the task of ``run()`` ends it within one denoising step. Listeners follow ``events()``; only the outputs and
/// sinks hold up the work.
public final class GenerationJob: Sendable {
    /// A third stage.
    public struct Enhancement: Sendable {
        let enhancer: VideoEnhancer
        let request: PreparedEnhancement

        /// Enhances the video; the one before that is kept at ``VideoDestination/previewPath``.
        public init(_ enhancer: VideoEnhancer, _ request: PreparedEnhancement) {
            (self.enhancer, self.request) = (enhancer, request)
        }
    }

    /// What a job ends with.
    public typealias Result = (manifest: GenerationManifest, failure: (any Error)?)

    private let generator: VideoGenerator
    private let request: PreparedRequest
    private let output: Output?
    private let sinks: [any ChunkSink]
    private let reviewer: (any ChunkReviewer)?
    private let enhancement: (stage: Enhancement, writer: any VideoWriter)?
    private let stateFile: URL?
    private let manifest: Mutex<GenerationManifest>
    private let broadcast = Broadcast<GenerationEvent>(limit: 4096)

    /// When a run began.
    private struct Start {
        var called = ContinuousClock.now
        /// Seconds from the program's start to the call.
        var launched: Double?
        /// When the first denoising step began.
        var firstStep: ContinuousClock.Instant?
    }

    private let started = Mutex(Start())

    private struct Output {
        let writer: any VideoWriter
        let manifestFile: ManifestFile
    }

    /// Opens the outputs of a video.
    ///
    /// - Parameters:
    ///   - destination: the output; `nil` where the sinks alone take the video.
    ///   - sinks: who else takes the chunks.
    ///   - reviewer: judges the chunks.
    ///   - enhancement: a third stage; needs a destination.
    ///   - stateFile: gets the state after each chunk, from which a later run can go on.
    /// - Throws: `VideoIOError` and `GenerationError.foreignManifest` for outputs that cannot be made.
    public init(
        _ request: PreparedRequest, on generator: VideoGenerator, to destination: VideoDestination?,
        sinks: [any ChunkSink] = [], reviewer: (any ChunkReviewer)? = nil,
        enhancement: Enhancement? = nil, stateFile: URL? = nil
    ) async throws {
        (self.generator, self.request, self.sinks) = (generator, request, sinks)
        (self.reviewer, self.stateFile) = (reviewer, stateFile)
        let size = (width: request.settings.width, height: request.settings.height)
        let rate =
            destination?.rate ?? request.footage?.rate
            ?? FrameRate(generator.defaults.framesPerSecond)
        var manifest = GenerationManifest(
            of: request, by: generator, fps: rate, output: destination?.path ?? "",
            enhancement: enhancement.flatMap { stage in
                destination.map { (stage.request.settings, $0.previewPath) }
            })
        manifest.watch = reviewer?.settings
        self.manifest = Mutex(manifest)
        guard let destination else {
            (output, self.enhancement) = (nil, nil)
            return
        }
        let manifestFile = try ManifestFile(
            of: destination.path, overwrite: destination.overwrite)
        func open(
            _ path: String, _ size: (width: Int, height: Int)
        ) async throws
            -> any VideoWriter
        {
            try await VideoOutput.open(
                path: path, width: size.width, height: size.height, framesPerSecond: rate,
                overwrite: manifestFile.mayReplaceOutput)
        }
        let writer = try await open(
            enhancement == nil ? destination.path : destination.previewPath, size)
        do {
            if let stage = enhancement {
                let enhanced = try stage.enhancer.outputSize(
                    width: size.width, height: size.height, for: stage.request)
                self.enhancement = (stage, try await open(destination.path, enhanced))
            } else {
                self.enhancement = nil
            }
        } catch {
            _ = await writer.close(mayBeEmpty: true)
            throw error
        }
        output = Output(writer: writer, manifestFile: manifestFile)
    }

    /// What happens from now on; several listeners may follow, and one that is too slow loses the oldest of 4096 events.
    public func events() -> AsyncStream<GenerationEvent> { broadcast.events() }

    /// Makes the video.
    ///
    /// - Parameter launched: seconds from the program's start to this call, for the manifest.
    /// - Returns: the manifest of what is in the output, and the error that stopped the work, if one did.
    public func run(launched: Double? = nil) async -> Result {
        defer { broadcast.finish() }
        started.withLock { $0 = Start(called: .now, launched: launched) }
        let hashes = Task.detached { [folder = generator.folder, enhancement] in
            // Large files take minutes, and nothing waits for them before the end.
            try folder.weightHashes(
                for: enhancement == nil ? [.generation] : [.generation, .enhancement])
        }
        var (outcome, failure) = await StreamingT2V.outcome {
            try output?.manifestFile.begin(manifest.withLock { $0 })
            try await generator.load(for: request)
            try await enhancement?.stage.enhancer.load()
            try Task.checkCancellation()
            broadcast.send(.began(manifest.withLock { $0 }))
            try await work()
        }
        let closing = ContinuousClock.now
        for writer in [output?.writer, enhancement?.writer].compactMap(\.self) {
            if let error = await writer.close(mayBeEmpty: outcome != .complete) {
                failure = failure ?? error
            }
        }
        generator.timeline?.recordOutput(since: closing)
        if let last = enhancement?.writer ?? output?.writer {
            let written = await last.framesInOutput(after: failure)
            count(written)
        }
        // A weight file that went away meanwhile must not cost the manifest of a finished video.
        let hashed = await hashes.result
        if outcome == .complete, reviewer?.hasStopped == true { outcome = .stopped }
        let finished = change { manifest in
            manifest.outcome = failure == nil ? outcome : .failed
            if let reviewer, reviewer.hasStopped { manifest.stop(because: reviewer.lastReviews) }
            manifest.weights = (try? hashed.get()) ?? [:]
            manifest.peakMemory = ProcessMemory.peak()
        }
        do {
            try end(finished)
            _ = try hashed.get()
        } catch {
            failure = failure ?? error
        }
        broadcast.send(.ended(finished))
        return (finished, failure)
    }

    /// Writes the last manifest; without a frame there is no output, or still the one that should have been replaced.
    private func end(_ manifest: GenerationManifest) throws {
        guard let output else { return }
        if manifest.framesWritten > 0 || enhancement != nil && !manifest.chunks.isEmpty {
            try output.manifestFile.end(manifest)
        } else {
            output.manifestFile.remove()
        }
    }

    /// Makes all chunks, through the third stage if there is one.
    private func work() async throws {
        let chunks = generator.chunks(
            for: request, progress: { [broadcast] in broadcast.send(.step($0)) },
            review: { [reviewer, broadcast] chunk in
                guard let reviewer else { return .accept }
                let verdict = reviewer.review(chunk)
                if let review = reviewer.lastReviews.last {
                    broadcast.send(.reviewed(chunk: chunk.index, review))
                }
                return verdict
            })
        if let footage = request.footage { reviewer?.begin(with: footage.recentFrames) }
        let frames = chunks.frames { [self] chunk, iterator in
            try await keep(chunk)
            guard let stateFile else { return }
            try await iterator.saveState(to: stateFile, reviewer: reviewer?.save())
            broadcast.send(.saved(chunk: chunk.index))
        }
        guard let enhancement else {
            for try await _ in frames {}
            return
        }
        let enhanced = enhancement.stage.enhancer.frames(
            of: frames, count: request.frameCount, for: enhancement.stage.request,
            progress: { [broadcast] in broadcast.send(.enhanced($0)) })
        for try await frame in enhanced {
            let start = ContinuousClock.now
            try await enhancement.writer.append(frame)
            generator.timeline?.recordOutput(since: start)
        }
    }

    /// Gives a chunk to all who take it, and writes it down.
    private func keep(_ chunk: VideoChunk) async throws {
        if let began = chunk.began {
            started.withLock { $0.firstStep = $0.firstStep ?? began }
        }
        let before = ContinuousClock.now
        output?.manifestFile.renew(manifest.withLock { $0 })
        if let writer = output?.writer {
            for frame in chunk.frames { try await writer.append(frame) }
            generator.timeline?.recordOutput(since: before)
        }
        for sink in sinks { try await sink.append(chunk) }
        let last = enhancement?.writer ?? output?.writer
        let written = await last?.framesWritten ?? chunk.firstFrame + chunk.frames.count
        let reviews = reviewer?.lastReviews
        change { $0.append(chunk, reviews: reviews) }
        let renewed = count(written)
        output?.manifestFile.renew(renewed)
        if let entry = renewed.chunks.last { broadcast.send(.chunk(entry)) }
    }

    /// Writes down how many frames are in the output, and the times.
    @discardableResult
    private func count(_ frames: Int) -> GenerationManifest {
        let start = started.withLock { $0 }
        return change { manifest in
            if let first = start.firstStep, let launched = start.launched {
                manifest.secondsToFirstStep = launched + (first - start.called) / .seconds(1)
            }
            manifest.count(
                frames, continuing: request.givenFrames, since: start.firstStep ?? start.called)
        }
    }

    /// Changes the manifest.
    @discardableResult
    private func change(_ body: (inout GenerationManifest) -> Void) -> GenerationManifest {
        manifest.withLock { manifest in
            body(&manifest)
            return manifest
        }
    }
}
