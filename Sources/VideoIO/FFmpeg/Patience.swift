import Foundation
import Synchronization

/// A limit to the time that a program may do nothing while this process waits for it.
///
/// Time is counted in short steps. A process that was stopped and continued, or that had no
/// processor for a while, counts one step for all that time.
final class Patience: Sendable {
    private struct State {
        var limit: Duration
        var isWaiting = false
        var quiet = Duration.zero
        var mark: Int?
        var isExhausted = false
    }

    private let state: Mutex<State>
    private let step: Duration
    private let progressMark: @Sendable () -> Int?

    /// - Parameters:
    ///   - limit: how long the program may be quiet.
    ///   - progressMark: a number that changes while the program works, such as a file's time.
    init(_ limit: Duration, progressMark: @escaping @Sendable () -> Int? = { nil }) {
        state = Mutex(State(limit: limit))
        step = min(limit / 20, .milliseconds(250))
        self.progressMark = progressMark
    }

    /// The limit, where the program was quiet for all of it.
    var exhausted: Duration? { state.withLock { $0.isExhausted ? $0.limit : nil } }

    /// Starts to count: this process waits for the program.
    func begin() {
        state.withLock { ($0.isWaiting, $0.quiet) = (true, .zero) }
    }

    /// Stops to count: the program waits for this process.
    func end() {
        state.withLock { $0.isWaiting = false }
    }

    /// Counts from zero again: the program has done something.
    func progress() {
        state.withLock { $0.quiet = .zero }
    }

    /// Lowers the limit, because the user wants the end.
    func shorten(to limit: Duration) {
        state.withLock { $0.limit = min($0.limit, limit) }
    }

    /// Does a job that is cancelled with the caller, or when the patience is exhausted.
    func supervise<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let job = Task { try await body() }
        let watchdog = Task {
            while !isOver() { try await Task.sleep(for: step) }
            job.cancel()
        }
        defer { watchdog.cancel() }
        return try await withTaskCancellationHandler {
            try await job.value
        } onCancel: {
            job.cancel()
        }
    }

    /// Counts one step.
    private func isOver() -> Bool {
        let mark = progressMark()
        return state.withLock { state in
            if !state.isWaiting || mark != state.mark { state.quiet = .zero }
            state.mark = mark
            if state.isWaiting { state.quiet += step }
            state.isExhausted = state.quiet > state.limit
            return state.isExhausted
        }
    }
}

/// How long the programs of ffmpeg may be quiet.
package struct PatienceLimits: Sendable, Hashable {
    /// For all of a short question, such as a file's properties.
    package var question: Duration
    /// Between two signs of life of a program that reads or writes a video.
    package var stream: Duration
    /// The same, once the user wants the end.
    package var ending: Duration

    /// Derives all limits from one.
    package init(stream: Duration = .seconds(60)) {
        self.stream = stream
        question = min(stream, .seconds(30))
        ending = min(stream, .seconds(5))
    }
}
