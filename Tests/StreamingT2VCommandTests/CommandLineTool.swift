import Foundation
import TestSupport
import Testing

/// The built program, run as a process.
enum CommandLineTool {
    /// What a run left.
    struct Result {
        let status: Int32
        let wasKilled: Bool
        let output: String
        let errors: String

        /// The lines on standard error.
        var errorLines: [Substring] { errors.split(separator: "\n") }
    }

    /// Beside the test program, where SwiftPM puts both.
    static let url = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "streamingt2v")

    /// A run that goes on.
    final class Running: Sendable {
        private let process: Process
        private let ending: Task<Void, Never>
        private let folder: Scratch

        /// - Parameters:
        ///   - wrapper: variables and a program that starts this one, as `env` takes them.
        ///   - environment: makes the variables of the process from those of the tests.
        init(
            _ arguments: [String], through wrapper: [String] = [], folder current: String? = nil,
            environment: ([String: String]) -> [String: String]
        ) throws {
            folder = try Scratch()
            let process = Process()
            process.executableURL =
                wrapper.isEmpty ? CommandLineTool.url : URL(fileURLWithPath: "/usr/bin/env")
            process.arguments =
                (wrapper.isEmpty ? [] : wrapper + [CommandLineTool.url.path]) + arguments
            process.currentDirectoryURL = current.map { URL(fileURLWithPath: $0) }
            process.environment = environment(ProcessInfo.processInfo.environment)
            for name in ["out", "err"] { try folder.put("", name) }
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = FileHandle(forWritingAtPath: folder.path("out"))
            process.standardError = FileHandle(forWritingAtPath: folder.path("err"))
            let (ended, publisher) = AsyncStream<Void>.makeStream()
            process.terminationHandler = { _ in publisher.finish() }
            try process.run()
            self.process = process
            ending = Task { for await _ in ended {} }
        }

        var errors: String { text("err") }

        var processIdentifier: Int32 { process.processIdentifier }

        func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

        /// Whether Ctrl-C no longer ends the process, so that it is the program that ends the work.
        var catchesInterrupts: Bool {
            let file = "/proc/\(process.processIdentifier)/status"
            let status = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
            return status.split(separator: "\n").contains { line in
                guard line.hasPrefix("SigIgn:") || line.hasPrefix("SigCgt:") else { return false }
                let mask = line.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } ?? 0
                return mask >> (SIGINT - 1) & 1 == 1
            }
        }

        /// Waits for the end, for five minutes at most: making the model takes two on a busy machine.
        func result() async -> Result {
            let process = process
            let watchdog = Task {
                try await Task.sleep(for: .seconds(300))
                kill(process.processIdentifier, SIGKILL)
            }
            await ending.value
            watchdog.cancel()
            return Result(
                status: process.terminationStatus,
                wasKilled: process.terminationReason == .uncaughtSignal, output: text("out"),
                errors: errors)
        }

        private func text(_ name: String) -> String {
            (try? String(contentsOfFile: folder.path(name), encoding: .utf8)) ?? ""
        }
    }

    static func start(
        _ arguments: [String], environment: [String: String] = [:], folder: String? = nil
    ) throws -> Running {
        try Running(arguments, folder: folder) {
            $0.merging(["OMP_NUM_THREADS": "1"]) { $1 }.merging(environment) { $1 }
        }
    }

    static func run(
        _ arguments: [String], environment: [String: String] = [:], folder: String? = nil
    ) async throws -> Result {
        try await start(arguments, environment: environment, folder: folder).result()
    }
}

/// Runs the program and expects one clear line about a failure, and an exit code.
@discardableResult
func expectFailure(
    _ status: Int32, _ hints: String..., running arguments: [String],
    environment: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation
) async throws -> String {
    let result = try await CommandLineTool.run(arguments, environment: environment)
    #expect(result.status == status && !result.wasKilled, sourceLocation: sourceLocation)
    #expect(result.output == "", sourceLocation: sourceLocation)
    let errors = result.errorLines.filter { $0.lowercased().hasPrefix("error: ") }
    #expect(errors.count == 1, "\(result.errors)", sourceLocation: sourceLocation)
    for hint in hints {
        #expect(
            errors.first?.contains(hint) == true, "‘\(hint)’ in \(result.errors)",
            sourceLocation: sourceLocation)
    }
    return result.errors
}
