import Foundation
import StreamingT2V
import VideoIO

/// Does work that Ctrl-C, SIGTERM and SIGHUP cancel.
///
/// - Returns: how it ended, and the error that stopped it, if one did.
func untilInterrupted(
    _ body: @escaping @Sendable () async throws -> Void
) async -> (GenerationManifest.Outcome, (any Error)?) {
    let work = Task { () -> (GenerationManifest.Outcome, (any Error)?) in
        do {
            try await body()
            return (.complete, nil)
        } catch is CancellationError {
            return (.interrupted, nil)
        } catch VideoIOError.cancelled {
            return (.interrupted, nil)
        } catch {
            return (.failed, error)
        }
    }
    let watcher = InterruptWatcher { work.cancel() }
    let result = await work.value
    withExtendedLifetime(watcher) {}
    return result
}

extension VideoWriter {
    /// Ends the output; who stopped the work, or stops this, waits only seconds for an ffmpeg that hangs.
    ///
    /// - Parameter mayBeEmpty: whether it is right that there is no frame: work stopped before the first one, there is
    ///   no file, and nothing was lost.
    /// - Returns: what went wrong.
    func close(mayBeEmpty: Bool) async -> (any Error)? {
        let ending = Task { try await finish() }
        let watcher = InterruptWatcher { ending.cancel() }
        defer { withExtendedLifetime(watcher) {} }
        if mayBeEmpty { ending.cancel() }
        do {
            try await ending.value
            return nil
        } catch VideoIOError.noFrames where mayBeEmpty {
            return nil
        } catch {
            return error
        }
    }

    /// What was handed over; if the output broke, what could be counted in it.
    func framesInOutput(after failure: (any Error)?) async -> Int {
        switch failure as? VideoIOError {
        case .diskFull(let broken, let safe?, _) where broken == path: safe
        case .encoderStopped(let broken, _, let safe?, _, _) where broken == path: safe
        default: await framesWritten
        }
    }
}
