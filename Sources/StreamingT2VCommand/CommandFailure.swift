import ArgumentParser
import Checkpoints
import Evaluation
import Foundation
import Foundations
import Hub
import Journeys
import StreamingT2V
import Tokenizers
import Torch
import Training
import VideoIO
import VideoModels

/// Exit codes, stable for scripts; the numbers are those of BSD's `sysexits`.
enum ExitStatus: Int32 {
    case badOption = 64
    case badData = 65
    case notFound = 66
    case unavailable = 69
    case other = 70
    case outOfMemory = 71
    case cannotCreate = 73
    case writeError = 74
    case stopped = 75
    case interrupted = 130

    init(_ error: any Error) {
        self =
            switch error {
            case let error as GenerationError: Self.status(error)
            case let error as EnhancementError: Self.status(error)
            case let error as VideoIOError: Self.status(error)
            case let error as TensorError: Self.status(error)
            case let error as CheckpointError: Self.status(error)
            case let error as JourneysError: Self.status(error)
            case FileWriteError.diskFull: .writeError
            case is FileWriteError: .cannotCreate
            case let error as EvaluationError: Self.status(error)
            case let error as HubError: Self.status(error)
            case is ConfigurationError, is TokenizerError: .badData
            case TrainingError.invalidRecipe, TrainingError.invalidData: .badOption
            case TrainingError.unusableFolder: .cannotCreate
            case is TrainingError: .badData
            case let error as CocoaError: Self.status(error)
            case is OpticalFlowError: .badData
            case is CancellationError: .interrupted
            case is Terminal.ClosedOutput: .writeError
            default: .other
            }
    }

    private static func status(_ error: GenerationError) -> ExitStatus {
        switch error {
        case .emptyPrompt, .promptTooLong, .invalidOption, .noStreaming, .noContinuation,
            .noEnhancer, .noDistilled:
            .badOption
        case .notAModel, .notFound, .missingPieces: .notFound
        case .notEnoughMemory: .outOfMemory
        case .notEnoughDisk, .foreignManifest: .cannotCreate
        case .inconsistentModel, .foreignTensors, .footageChanged: .badData
        }
    }

    private static func status(_ error: EnhancementError) -> ExitStatus {
        switch error {
        case .frameSize, .tooShort: .badData
        case .alreadyFinished, .latents, .prediction: .other
        }
    }

    private static func status(_ error: EvaluationError) -> ExitStatus {
        switch error {
        case .unknownMetrics, .missing, .invalidOption, .promptTooLong, .unpaired, .unusablePrompt:
            .badOption
        case .notAManifest, .unusableReference, .noImageTextPair, .notFinite, .notResults,
            .notPrompts, .notAStudy:
            .badData
        }
    }

    private static func status(_ error: VideoIOError) -> ExitStatus {
        switch error {
        case .toolNotFound, .encoderMissing, .toolFailed: .unavailable
        case .unknownExtension, .invalidSize, .invalidFrameRate, .invalidTimeout: .badOption
        case .folderMissing, .folderNotWritable, .outputExists, .outputWrongKind,
            .outputNotRegular, .outputBusy, .lockForeign, .noSpace:
            .cannotCreate
        case .diskFull, .writeFailed, .encoderStopped: .writeError
        case .fileMissing: .notFound
        case .readFailed, .inputNotRegular, .notAVideo, .damaged, .tooLarge, .invalidPNG: .badData
        case .cancelled: .interrupted
        case .frameSizeMismatch, .alreadyFinished, .noFrames: .other
        }
    }

    private static func status(_ error: TensorError) -> ExitStatus {
        switch error {
        case .outOfMemory: .outOfMemory
        case .deviceUnavailable, .graphsUnavailable: .unavailable
        case .operation, .shapeMismatch, .emptyParameter: .other
        }
    }

    private static func status(_ error: CheckpointError) -> ExitStatus {
        switch error {
        case .notFound, .missingShard: .notFound
        case .diskFull: .writeError
        case .unwritable, .outputExists: .cannotCreate
        default: .badData
        }
    }

    private static func status(_ error: JourneysError) -> ExitStatus {
        switch error {
        case .invalidSize, .invalidFrame, .invalidCount, .impossibleScene: .badOption
        case .notAFolder, .outputExists: .cannotCreate
        case .cannotWrite: .writeError
        case .drawing: .other
        }
    }
}

extension ExitStatus {
    private static func status(_ error: HubError) -> ExitStatus {
        switch error {
        case .invalidRepository, .invalidRevision, .invalidSetting: .badOption
        case .repositoryNotFound, .notAuthorized, .fileNotFound, .noMatch, .notCached: .notFound
        case .refused, .invalidAnswer, .unreachable, .busy: .unavailable
        case .unsafePath, .wrongLength, .wrongHash: .badData
        case .noSpace, .cache: .cannotCreate
        case .diskFull: .writeError
        }
    }

    /// What Foundation says about files that this program writes itself.
    private static func status(_ error: CocoaError) -> ExitStatus {
        switch error.code {
        case .fileWriteOutOfSpace: .writeError
        case .fileNoSuchFile, .fileWriteNoPermission, .fileWriteFileExists,
            .fileWriteInvalidFileName, .fileWriteVolumeReadOnly, .fileWriteUnknown:
            .cannotCreate
        default: .other
        }
    }

    /// What went wrong: one line, except for errors that list what is missing in lines of their own.
    static func lines(_ error: any Error) -> [String] {
        switch error {
        case CheckpointError.mismatch, GenerationError.missingPieces:
            message(error).split(at: "\n")
        default: [message(error)]
        }
    }

    private static func message(_ error: any Error) -> String {
        switch error {
        case is CancellationError: "interrupted"
        case let error as CocoaError:
            (error.filePath.map { "error: \($0): " } ?? "error: ") + error.localizedDescription
        default: "error: \(error)"
        }
    }
}

/// Runs a command's work; an error becomes one line on standard error and a stable exit code.
///
/// Who stops reading what the command says does not end its work: the write fails then, not the process.
func reportingFailure(_ body: () async throws -> Void) async throws {
    signal(SIGPIPE, SIG_IGN)
    do {
        try await body()
    } catch let error as ExitCode {
        throw error
    } catch let error as ValidationError {
        throw error
    } catch {
        ExitStatus.lines(error).forEach(Terminal.message)
        throw ExitCode(ExitStatus(error).rawValue)
    }
}
