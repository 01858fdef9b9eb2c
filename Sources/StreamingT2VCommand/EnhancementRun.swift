import Foundation
import StreamingT2V
import VideoIO

/// Pulls enhanced frames, writes them, shows progress, and keeps what is finished when something stops it.
struct EnhancementRun {
    let enhancer: VideoEnhancer
    let request: EnhancementRequest
    let reader: VideoReader
    let count: Int
    let writer: any VideoWriter
    let sound: AudioTrack?
    let rate: FrameRate
    let manifest: EnhancementManifest
    let manifestFile: ManifestFile

    /// - Returns: the manifest of what is in the output, and the error that stopped the enhancement, if one did.
    func run() async -> (EnhancementManifest, (any Error)?) {
        let start = ContinuousClock.now
        let monitor = EnhancementMonitor()
        var finished = manifest
        var (outcome, stop) = await untilInterrupted { [manifest] in
            var manifest = manifest
            let frames = enhancer.frames(
                of: reader, count: count, for: request, progress: { monitor.show($0) })
            for try await frame in frames {
                manifestFile.renew(manifest)
                try await writer.append(frame)
                manifest.count(
                    await writer.framesWritten, evaluations: monitor.evaluations, since: start)
            }
        }
        monitor.end()
        var failure = stop
        if let error = await writer.close(mayBeEmpty: outcome != .complete) {
            failure = failure ?? error
        }
        finished.count(
            await writer.framesInOutput(after: failure), evaluations: monitor.evaluations,
            since: start)
        if let sound, failure == nil, finished.framesWritten > 0 {
            let frames = finished.framesWritten
            let (ending, error) = await untilInterrupted {
                try await sound.attach(to: writer.path, frames: frames, rate: rate)
            }
            finished.hasSound = ending == .complete
            if ending == .interrupted { outcome = .interrupted }
            failure = error
        }
        finished.outcome = failure == nil ? outcome : .failed
        return (finished, failure)
    }
}
