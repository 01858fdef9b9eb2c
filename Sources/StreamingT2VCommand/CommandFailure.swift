import ArgumentParser
import Checkpoints
import Foundation
import Foundations
import StreamingT2V

/// Exit codes, stable for scripts; the numbers are those of BSD's `sysexits`.
enum ExitStatus {
    /// The watch stopped a video: an outcome, not a failure.
    static let stopped: Int32 = 75

    /// The code of what ended a command.
    static func code(_ error: any Error) -> Int32 { kind(error).exitCode }

    /// The kind of an error of ours, of a cancellation, or of Foundation.
    private static func kind(_ error: any Error) -> FailureKind {
        switch error {
        case let error as any Failure: error.kind
        case is CancellationError: .interrupted
        case let error as CocoaError: kind(error)
        default: .fault
        }
    }

    /// What Foundation says about files that this program writes itself.
    private static func kind(_ error: CocoaError) -> FailureKind {
        switch error.code {
        case .fileWriteOutOfSpace: .writeFailed
        case .fileNoSuchFile, .fileWriteNoPermission, .fileWriteFileExists,
            .fileWriteInvalidFileName, .fileWriteVolumeReadOnly, .fileWriteUnknown:
            .conflict
        default: .fault
        }
    }
}

/// How a command calls the fields of the libraries.
struct OptionNames {
    /// Fields whose option is not the field with hyphens.
    var special = ["prompt_changes": "--prompt-at"]

    /// The option of a field: `--guidance-scale` of `guidance_scale`.
    func callAsFunction(_ field: String) -> String {
        special[field] ?? "--" + field.split(separator: "_").joined(separator: "-")
    }

    /// The message of an error: one line, except for those that list tensors or pieces in lines of their own.
    func lines(_ error: any Error) -> [String] {
        switch error {
        case CheckpointError.mismatch, GenerationError.missingPieces: text(error).split(at: "\n")
        default: [text(error)]
        }
    }

    private func text(_ error: any Error) -> String {
        switch error {
        case let error as any Failure: "error: " + error.message.text(callAsFunction)
        case is CancellationError: "interrupted"
        case let error as CocoaError:
            (error.filePath.map { "error: \($0): " } ?? "error: ") + error.localizedDescription
        default: "error: \(error)"
        }
    }
}

/// Runs a command's work; an error becomes a message on standard error and a stable exit code.
///
/// A closed output pipe does not stop the command; the write fails instead.
func reportingFailure(
    _ names: OptionNames = OptionNames(), _ body: () async throws -> Void
) async throws {
    _ = Signals.brokenPipesAreErrors
    do {
        try await body()
    } catch let error as ExitCode {
        throw error
    } catch let error as ValidationError {
        throw error
    } catch {
        names.lines(error).forEach(Terminal.message)
        throw ExitCode(ExitStatus.code(error))
    }
}
