import Foundation
import Subprocess

/// One of ffmpeg's programs, started in a session of its own.
///
/// Its own session keeps the terminal's Ctrl-C from it: this process hears the signal, closes the
/// pipe, and the program ends its file in peace.
struct Program: Sendable {
    let path: String

    init(_ path: String) {
        self.path = path
        _ = Self.brokenPipesAreErrors
    }

    /// What a program left behind.
    struct Answer: Sendable {
        var status: String
        var succeeded: Bool
        var output = ""
        var log = ""
    }

    /// Makes a write to a dead program an error instead of the end of this process.
    ///
    /// A handler that the application installed stays.
    private static let brokenPipesAreErrors: Void = {
        var current = sigaction()
        sigaction(SIGPIPE, nil, &current)
        #if canImport(Glibc)
        let handler = current.__sigaction_handler.sa_handler
        #else
        let handler = current.__sigaction_u.__sa_handler
        #endif
        if handler == nil { signal(SIGPIPE, SIG_IGN) }
    }()

    func configuration(_ arguments: [String]) -> Configuration {
        var options = PlatformOptions()
        options.createSession = true
        return Configuration(
            executable: .path(.init(path)), arguments: Arguments(arguments),
            environment: .inherit, platformOptions: options)
    }

    /// Runs to the end and keeps up to 1 MiB of the output and the last lines of the log.
    func collect(_ arguments: [String]) async throws(VideoIOError) -> Answer {
        do {
            let result = try await run(
                configuration(arguments), input: .none, output: .sequence, error: .sequence
            ) { execution in
                async let log = LogTail.collect(execution.standardError)
                var output: [UInt8] = []
                for try await part in execution.standardOutput where output.count < 1 << 20 {
                    part.withUnsafeBytes { output.append(contentsOf: $0) }
                }
                return (output, await log)
            }
            let (output, log) = result.closureResult
            return Answer(
                status: Self.describe(result.terminationStatus),
                succeeded: result.terminationStatus.isSuccess,
                output: String(decoding: output, as: UTF8.self), log: log)
        } catch {
            throw .toolFailed(tool: path, reason: "\(error)")
        }
    }

    static func describe(_ status: TerminationStatus) -> String {
        switch status {
        case .exited(let code): "exit status \(code)"
        case .signaled(let signal): "signal \(signal)"
        }
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
            tail.append(contentsOf: "(\(error))".utf8)
        }
        return String(decoding: tail.suffix(limit), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
