import Evaluation
import Foundation
import StreamingT2V
import Synchronization
import VideoIO

/// Pulls chunks, writes their frames, shows progress, and keeps what is finished when something stops it.
struct GenerationRun {
    let generator: VideoGenerator
    let request: GenerationRequest
    /// What the video begins with, if that is not generated.
    let footage: Footage?
    let writer: any VideoWriter
    let manifest: GenerationManifest
    let manifestFile: ManifestFile
    let monitor: ProgressMonitor
    /// Who judges chunks, if the video is watched.
    let reviewer: DriftReviewer?
    /// What is told when each part of the work was done.
    var timeline: Timeline?
    /// The third stage; the writer's video is its preview then.
    var enhancement: Enhancement?

    /// The third stage and where its frames go.
    struct Enhancement {
        let enhancer: VideoEnhancer
        let request: EnhancementRequest
        let writer: any VideoWriter
    }

    /// The manifest of a run in work.
    private final class Record: Sendable {
        let manifest: Mutex<GenerationManifest>

        init(_ manifest: GenerationManifest) { self.manifest = Mutex(manifest) }
    }

    /// - Returns: the manifest of what is in the output, and the error that stopped the generation, if one did.
    func run() async -> (GenerationManifest, (any Error)?) {
        let start = ContinuousClock.now
        let record = Record(manifest)
        let plan = generator.plan(continuing: footage)
        let given = footage?.frameCount ?? 0
        monitor.begin(behind: given)
        if let footage { reviewer?.begin(with: footage.recentFrames) }
        let second = EnhancementMonitor()
        let (outcome, stop) = await untilInterrupted {
            let chunks = generator.chunks(
                for: request, continuing: footage,
                progress: { progress in
                    // Once the third stage is at work, its line tells more.
                    if second.evaluations == 0 {
                        monitor.show(progress, of: plan.frameRange(chunk: progress.chunk))
                    }
                },
                review: { reviewer?.review($0) ?? .accept })
            let frames = chunks.frames { chunk in
                let before = ContinuousClock.now
                manifestFile.renew(record.manifest.withLock { $0 })
                for frame in chunk.frames { try await writer.append(frame) }
                timeline?.recordOutput(since: before)
                let written = await (enhancement?.writer ?? writer).framesWritten
                let renewed = record.manifest.withLock { manifest in
                    manifest.append(chunk, reviews: reviewer?.lastReviews)
                    manifest.count(written, continuing: given, since: start)
                    return manifest
                }
                manifestFile.renew(renewed)
            }
            guard let enhancement else {
                for try await _ in frames {}
                return
            }
            let enhanced = enhancement.enhancer.frames(
                of: frames, count: request.frames.map { $0 + given }, for: enhancement.request,
                progress: { second.show($0) })
            for try await frame in enhanced {
                let start = ContinuousClock.now
                try await enhancement.writer.append(frame)
                timeline?.recordOutput(since: start)
            }
        }
        monitor.end()
        var failure = stop
        let closing = ContinuousClock.now
        for output in [writer, enhancement?.writer].compactMap(\.self) {
            if let error = await output.close(mayBeEmpty: outcome != .complete) {
                failure = failure ?? error
            }
        }
        timeline?.recordOutput(since: closing)
        var finished = record.manifest.withLock { $0 }
        finished.outcome = failure == nil ? outcome : .failed
        if let reviewer, reviewer.hasStopped {
            finished.stop(because: reviewer.lastReviews)
            if finished.outcome == .complete { finished.outcome = .stopped }
        }
        let written = await (enhancement?.writer ?? writer).framesInOutput(after: failure)
        finished.count(written, continuing: given, since: start)
        return (finished, failure)
    }
}
