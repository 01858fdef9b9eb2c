public import VideoIO

extension VideoWriter {
    /// Ends an output; where the work was stopped, an ffmpeg that hangs is waited for only for seconds.
    ///
    /// - Parameter mayBeEmpty: whether it is right that there is no frame: work stopped before the first one, there is
    ///   no file, and nothing was lost.
    /// - Returns: what went wrong.
    func close(mayBeEmpty: Bool) async -> (any Error)? {
        // A new task: the work may be cancelled already, and the file is closed all the same.
        let ending = Task { try await finish() }
        if mayBeEmpty { ending.cancel() }
        do {
            try await withTaskCancellationHandler {
                try await ending.value
            } onCancel: {
                ending.cancel()
            }
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

/// How a work ended that may be cancelled.
///
/// - Returns: the outcome, and the error that stopped it, if one did.
func outcome(
    of body: () async throws -> Void
) async -> (outcome: GenerationManifest.Outcome, failure: (any Error)?) {
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
