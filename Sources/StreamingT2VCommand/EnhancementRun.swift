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

    /// - Returns: the manifest of what is in the output, and the error that stopped the enhancement, if one did.
    func run() async -> (EnhancementManifest, (any Error)?) {
        let start = ContinuousClock.now
        let monitor = EnhancementMonitor()
        var finished = manifest
        var (outcome, stop) = await untilInterrupted {
            let frames = enhancer.frames(
                of: reader, count: count, for: request, progress: { monitor.show($0) })
            for try await frame in frames { try await writer.append(frame) }
        }
        monitor.end()
        var failure = stop
        if let error = await writer.close(mayBeEmpty: outcome != .complete) {
            failure = failure ?? error
        }
        finished.framesWritten = await writer.framesInOutput(after: failure)
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
        finished.evaluations = monitor.evaluations
        finished.seconds = (ContinuousClock.now - start) / .seconds(1)
        finished.framesPerSecond = Double(finished.framesWritten) / max(finished.seconds, 1e-9)
        return (finished, failure)
    }
}
