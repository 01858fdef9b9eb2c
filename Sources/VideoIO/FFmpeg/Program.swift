import Foundation
import Foundations
import Subprocess

/// One of ffmpeg's programs, started in a session of its own.
///
/// Its own session keeps the terminal's Ctrl-C from it: this process hears the signal, closes the
/// pipe, and the program ends its file in peace.
struct Program: Sendable {
    /// What a program is for, and so how it ends.
    enum Role: Sendable {
        /// Answers a question or decodes: it may be killed at any time.
        case helper
        /// Makes a file of what comes through a pipe: it gets time to end the file.
        case encoder
    }

    let path: String

    init(_ path: String) {
        self.path = path
        _ = Signals.brokenPipesAreErrors
    }

    /// What a program left behind.
    struct Answer: Sendable {
        var status: String
        var succeeded: Bool
        var output = ""
        var log = ""
    }

    /// More output than any honest answer has.
    struct Babble: Error, CustomStringConvertible {
        let description: String
    }

    func configuration(_ arguments: [String], role: Role = .helper) async -> Configuration {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence =
            switch role {
            case .helper:
                [.send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero)]
            case .encoder:
                [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .seconds(5))]
            }
        var command = [path] + arguments
        if let leash = await Leash.shared { command = leash.command(for: role) + command }
        return Configuration(
            executable: .path(.init(command[0])), arguments: Arguments(Array(command.dropFirst())),
            environment: .inherit, platformOptions: options)
    }

    /// Runs to the end, hands over the output part by part, and keeps the last lines of the log.
    ///
    /// - Parameters:
    ///   - arguments: what the program is told.
    ///   - patience: what ends it when it is quiet for too long.
    ///   - initial: where `receive` starts.
    ///   - receive: takes one part of the output; what it throws ends the program.
    func stream<State: Sendable>(
        _ arguments: [String], patience: Patience, from initial: State,
        _ receive: @escaping @Sendable (inout State, UnsafeRawBufferPointer) throws -> Void
    ) async throws(VideoIOError) -> (state: State, answer: Answer) {
        let configuration = await configuration(arguments)
        patience.begin()
        do {
            return try await patience.supervise {
                let result = try await run(
                    configuration, input: .none, output: .sequence, error: .sequence
                ) { execution in
                    async let log = LogTail.collect(execution.standardError)
                    var state = initial
                    for try await part in execution.standardOutput {
                        try part.withUnsafeBytes { try receive(&state, $0) }
                    }
                    return (state, await log)
                }
                let (state, log) = result.closureResult
                let answer = Answer(
                    status: Self.describe(result.terminationStatus),
                    succeeded: result.terminationStatus.isSuccess, log: log)
                try Task.checkCancellation()
                return (state, answer)
            }
        } catch {
            if let limit = patience.exhausted {
                throw .toolFailed(
                    tool: path, reason: "it gave no answer for \(Self.seconds(limit))")
            }
            if Task.isCancelled { throw .cancelled(path: path) }
            throw .toolFailed(tool: path, reason: "\(error)")
        }
    }

    /// Runs to the end and keeps the output, of which 1 MiB is allowed.
    func collect(
        _ arguments: [String], patience: Patience
    ) async throws(VideoIOError) -> Answer {
        let limit = 1 << 20
        var (output, answer) = try await stream(arguments, patience: patience, from: [UInt8]()) {
            $0.append(contentsOf: $1)
            guard $0.count <= limit else {
                throw Babble(description: "its answer is longer than \(limit) bytes")
            }
        }
        answer.output = String(decoding: output, as: UTF8.self)
        return answer
    }

    static func describe(_ status: TerminationStatus) -> String {
        switch status {
        case .exited(let code): "exit status \(code)"
        case .signaled(let signal): "signal \(signal)"
        }
    }

    static func seconds(_ duration: Duration) -> String {
        let number = duration / .seconds(1)
        return number == number.rounded() ? "\(Int(number)) s" : "\(number) s"
    }
}

/// The last lines of a program's error output, in bounded memory.
enum LogTail {
    private static let limit = 4096  // bytes

    static func collect(_ stream: SubprocessOutputSequence) async -> String {
        var tail: [UInt8] = []
        do {
            for try await part in stream {
                part.withUnsafeBytes { tail.append(contentsOf: $0) }
                if tail.count > 2 * limit { tail.removeFirst(tail.count - limit) }
            }
        } catch {
            if !Task.isCancelled { tail.append(contentsOf: "(\(error))".utf8) }
        }
        return String(decoding: tail.suffix(limit), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
