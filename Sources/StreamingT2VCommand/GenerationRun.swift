import Foundation
import StreamingT2V
import VideoIO

/// Pulls chunks, writes their frames, shows progress, and keeps what is finished when something stops it.
struct GenerationRun {
    let generator: VideoGenerator
    let request: GenerationRequest
    let writer: any VideoWriter
    let manifest: GenerationManifest

    /// - Returns: the manifest of what is in the output, and the error that stopped the generation, if one did.
    func run() async -> (GenerationManifest, (any Error)?) {
        let start = ContinuousClock.now
        let monitor = ProgressMonitor(
            total: request.frames, chunkFrames: { [generator] in generator.frameRange(chunk: $0) })
        let work = Task { [manifest] () -> (GenerationManifest, (any Error)?) in
            var manifest = manifest
            do {
                for try await chunk in generator.chunks(
                    for: request, progress: { monitor.show($0) })
                {
                    for frame in chunk.frames { try await writer.append(frame) }
                    manifest.append(chunk)
                }
                manifest.outcome = .complete
                return (manifest, nil)
            } catch is CancellationError {
                manifest.outcome = .interrupted
                return (manifest, nil)
            } catch {
                return (manifest, error)
            }
        }
        let watcher = InterruptWatcher { work.cancel() }
        var (finished, failure) = await work.value
        withExtendedLifetime(watcher) {}
        monitor.end()
        do {
            try await writer.finish()
        } catch VideoIOError.noFrames where finished.outcome != .complete {
            // Stopped before the first frame: there is no file, and nothing was lost.
        } catch {
            failure = failure ?? error
            finished.outcome = .failed
        }
        finished.framesWritten = await framesInOutput(after: failure)
        finished.seconds = (ContinuousClock.now - start) / .seconds(1)
        finished.framesPerSecond = Double(finished.framesWritten) / max(finished.seconds, 1e-9)
        return (finished, failure)
    }

    /// What was handed over; if the output broke, what could be counted in it.
    private func framesInOutput(after failure: (any Error)?) async -> Int {
        switch failure as? VideoIOError {
        case .diskFull(_, let safe?, _), .encoderStopped(_, _, let safe?, _, _): safe
        default: await writer.framesWritten
        }
    }
}
