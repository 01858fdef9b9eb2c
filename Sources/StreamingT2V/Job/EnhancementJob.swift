public import VideoIO
import Foundations
import Synchronization

/// The enhancement of a video from its file to the closed output, with the input's sound.
///
/// Cancelling the task of ``run()`` ends it within one evaluation of the network.
public final class EnhancementJob: Sendable {
    /// What a job ends with.
    public typealias Result = (manifest: EnhancementManifest, failure: (any Error)?)

    private let enhancer: VideoEnhancer
    private let request: PreparedEnhancement
    private let reader: VideoReader
    private let writer: any VideoWriter
    private let sound: AudioTrack?
    private let rate: FrameRate
    private let manifestFile: ManifestFile
    private let manifest: Mutex<EnhancementManifest>
    private let evaluations = Mutex(0)
    private let broadcast = Broadcast<EnhancementProgress>(limit: 256)

    /// Opens the output.
    ///
    /// - Parameters:
    ///   - reader: the video.
    ///   - destination: the output; its rate is needed for a folder of frames, which has none.
    /// - Throws: `InvalidField` for a missing rate; `VideoIOError` and `GenerationError.foreignManifest` for outputs that
    ///   cannot be made; what reading weights for their hashes throws.
    public init(
        _ request: PreparedEnhancement, of reader: VideoReader, on enhancer: VideoEnhancer,
        to destination: VideoDestination
    ) async throws {
        guard let rate = destination.rate ?? reader.info.framesPerSecond else {
            throw InvalidField(
                "fps", "is needed: \(reader.path) is a folder and has no frame rate")
        }
        (self.enhancer, self.request, self.reader, self.rate) = (enhancer, request, reader, rate)
        let size = try enhancer.outputSize(
            width: reader.info.width, height: reader.info.height, for: request)
        sound = try await AudioTrack.find(in: reader.path, for: destination.path)
        manifestFile = try ManifestFile(of: destination.path, overwrite: destination.overwrite)
        manifest = Mutex(
            try EnhancementManifest(
                settings: request.settings, by: enhancer, input: reader.path,
                output: destination.path, size: size, rate: rate))
        writer = try await VideoOutput.open(
            path: destination.path, width: size.width, height: size.height, framesPerSecond: rate,
            overwrite: manifestFile.mayReplaceOutput)
    }

    /// How far the work is from now on; see ``GenerationJob/events()``.
    public func progress() -> AsyncStream<EnhancementProgress> { broadcast.events() }

    /// Enhances the video.
    ///
    /// - Returns: the manifest of what is in the output, and the error that stopped the work, if one did.
    public func run() async -> Result {
        defer { broadcast.finish() }
        let start = ContinuousClock.now
        var (outcome, failure) = await StreamingT2V.outcome {
            try manifestFile.begin(manifest.withLock { $0 })
            let total = try await reader.countFrames()
            try await enhancer.load()
            let frames = enhancer.frames(
                of: reader, count: total, for: request,
                progress: { [self] progress in
                    evaluations.withLock { $0 = progress.evaluations }
                    broadcast.send(progress)
                })
            for try await frame in frames {
                manifestFile.renew(manifest.withLock { $0 })
                try await writer.append(frame)
                count(await writer.framesWritten, since: start)
            }
        }
        if let error = await writer.close(mayBeEmpty: outcome != .complete) {
            failure = failure ?? error
        }
        let written = await writer.framesInOutput(after: failure)
        count(written, since: start)
        if let sound, failure == nil, written > 0 {
            let (ending, error) = await attach(sound, frames: written)
            manifest.withLock { $0.hasSound = ending == .complete }
            if ending == .interrupted { outcome = .interrupted }
            failure = error
        }
        let finished = manifest.withLock { manifest in
            manifest.outcome = failure == nil ? outcome : .failed
            return manifest
        }
        do {
            if written > 0 { try manifestFile.end(finished) } else { manifestFile.remove() }
        } catch {
            failure = failure ?? error
        }
        return (finished, failure)
    }

    /// Adds the input's sound, also to what a cancelled work has finished.
    private func attach(
        _ sound: AudioTrack, frames: Int
    ) async -> (outcome: GenerationManifest.Outcome, failure: (any Error)?) {
        let (path, rate) = (writer.path, rate)
        let work = Task { try await sound.attach(to: path, frames: frames, rate: rate) }
        return await StreamingT2V.outcome { try await work.value }
    }

    private func count(_ frames: Int, since start: ContinuousClock.Instant) {
        let evaluations = evaluations.withLock { $0 }
        manifest.withLock { $0.count(frames, evaluations: evaluations, since: start) }
    }
}
