public import Foundations

/// What can go wrong while video is read or written, with the next step in every message.
public enum VideoIOError: Error, Sendable, Hashable {
    /// A program that this library calls was found nowhere.
    case toolNotFound(name: String, variable: String, value: String?)
    /// The ffmpeg at hand was built without an encoder that the file type needs.
    case encoderMissing(encoder: String, tool: String, path: String)
    /// The time after which a quiet program is ended is no number of seconds that makes sense.
    case invalidTimeout(variable: String, value: String)
    /// A program could not be started, hung, or answered nonsense.
    case toolFailed(tool: String, reason: String)

    /// The output's extension names no known file type.
    case unknownExtension(path: String, known: [String])
    /// Width or height is out of range, in pixels.
    case invalidSize(width: Int, height: Int, limit: Int)
    /// The rate is not positive, or too fast for the file type.
    case invalidFrameRate(FrameRate, reason: String)
    /// The folder that should hold the output does not exist.
    case folderMissing(folder: String, path: String)
    /// Nothing can be created in the folder that should hold the output.
    case folderNotWritable(folder: String, reason: String)
    /// The output exists and may not be replaced.
    case outputExists(path: String)
    /// A file is wanted and a folder is there, or the other way round.
    case outputWrongKind(path: String, isFolder: Bool)
    /// A regular file is wanted and a pipe, socket or device is there.
    case outputNotRegular(path: String, kind: String)
    /// Another writer holds the lock of this output.
    case outputBusy(path: String)
    /// The name of the output's lock is taken by a file that this program did not make.
    case lockForeign(path: String, lock: String)
    /// The file system has no free space at all before work starts.
    case noSpace(folder: String)

    /// A frame differs in size from the video it is appended to.
    case frameSizeMismatch(path: String, expected: [Int], actual: [Int])
    /// A frame came after `finish()`.
    case alreadyFinished(path: String)
    /// `finish()` came before the first frame; no file was made.
    case noFrames(path: String)
    /// The disk became full; `framesSafe` frames are in the file, where that could be counted.
    case diskFull(path: String, framesSafe: Int?, log: String)
    /// ffmpeg ended too early or with an error.
    case encoderStopped(
        path: String, framesWritten: Int, framesSafe: Int?, status: String, log: String)
    /// The system refused to write a file.
    case writeFailed(path: String, framesSafe: Int, reason: String)

    /// The input does not exist.
    case fileMissing(path: String)
    /// The input is a pipe, socket or device, which cannot be read twice.
    case inputNotRegular(path: String, kind: String)
    /// The input exists but cannot be read.
    case readFailed(path: String, reason: String)
    /// The input holds no picture that can be decoded.
    case notAVideo(path: String, detail: String)
    /// The input broke off or is damaged after `framesRead` good frames.
    case damaged(path: String, framesRead: Int, detail: String)
    /// The input's pictures are larger than this library accepts.
    case tooLarge(path: String, width: Int, height: Int, limit: Int)
    /// The bytes are no PNG of a kind that is understood.
    case invalidPNG(reason: String)
    /// The reading task was cancelled.
    case cancelled(path: String)
}

extension VideoIOError: CustomStringConvertible {
    /// The message, with fields by the names of the libraries.
    public var description: String { message.description }

    /// One line: place, expected, actual, next step.
    public var message: FailureText {
        switch self {
        case .toolNotFound(let name, let variable, .some(let value)):
            "\(variable) is \(value), which is no program that can be run. "
                + "Correct or unset it, or install \(name): apt-get install ffmpeg."
        case .toolNotFound(let name, let variable, nil):
            "The program \(name) is not in PATH. Install it: apt-get install ffmpeg; "
                + "or name it in the variable \(variable)."
        case .invalidTimeout(let variable, let value):
            "\(variable) is \(value), which is no number of seconds from 0.1 to 86400. "
                + "Correct or unset it."
        case .encoderMissing(let encoder, let tool, let path):
            "\(path): \(tool) was built without \(encoder). Install a complete ffmpeg "
                + "(apt-get install ffmpeg) and name it in ST2V_FFMPEG, or choose another extension."
        case .toolFailed(let tool, let reason):
            "\(tool) could not do its work: \(Self.fold(reason)). Check that it runs in a terminal."
        case .unknownExtension(let path, let known):
            "\(path): unknown extension. Use \(known.joined(separator: ", ")), "
                + "or a folder name ending in / for PNG frames."
        case .invalidSize(let width, let height, let limit):
            "Frames of \(width)×\(height) pixels cannot be stored. Use 1 to \(limit) each way."
        case .invalidFrameRate(let rate, let reason):
            "A rate of \(rate) frames per second cannot be stored: \(reason)."
        case .folderMissing(let folder, let path):
            "\(path): the folder \(folder) does not exist. Create it: mkdir -p \(folder)."
        case .folderNotWritable(let folder, let reason):
            "\(folder): nothing can be created here (\(reason)). "
                + "Choose another folder or change its permissions."
        case .outputExists(let path):
            "\(path) exists already. Choose another name, or allow it to be replaced (\(field: "overwrite"))."
        case .outputWrongKind(let path, let isFolder):
            isFolder
                ? "\(path) is a folder, a file is needed. Choose another name."
                : "\(path) is a file, a folder is needed. Choose another name."
        case .outputNotRegular(let path, let kind):
            "\(path) is a \(kind), a regular file is needed. Choose another name."
        case .lockForeign(let path, let lock):
            "\(path) cannot be locked: \(lock) is no lock of this program. "
                + "Move that file away or choose another output."
        case .outputBusy(let path):
            "\(path) is being written by another process. Wait for it or choose another name."
        case .noSpace(let folder):
            "\(folder): the disk is full. Free some space or choose another folder."
        default:
            streamMessage
        }
    }

    private var streamMessage: FailureText {
        switch self {
        case .frameSizeMismatch(let path, let expected, let actual):
            "\(path): a frame has \(Self.size(actual)) pixels, the video needs "
                + "\(Self.size(expected)). Scale the frame or start another video."
        case .alreadyFinished(let path):
            "\(path) is finished; no frame can follow. Open another output."
        case .noFrames(let path):
            "\(path): no frame was written, so no file was made. Append a frame before finishing."
        case .diskFull(let path, let safe, let log):
            "\(path): the disk is full; \(Self.safety(safe)). "
                + "Free some space and run again.\(Self.quote(log))"
        case .encoderStopped(let path, let written, let safe, let status, let log):
            "\(path): ffmpeg stopped (\(status)) after \(written) frames were handed over; "
                + "\(Self.safety(safe)). Read its last words, then run again.\(Self.quote(log))"
        case .writeFailed(let path, let safe, let reason):
            "\(path): writing failed (\(reason)); \(Self.safety(safe)). Check the disk."
        case .fileMissing(let path):
            "\(path) does not exist. Check the path."
        case .inputNotRegular(let path, let kind):
            "\(path) is a \(kind), a regular file is needed. Save the video or picture in a file."
        case .readFailed(let path, let reason):
            "\(path) cannot be read (\(reason)). Check its permissions."
        case .notAVideo(let path, let detail):
            "\(path) is no video that ffmpeg can read. Play it in a player to check it."
                + "\(Self.quote(detail))"
        case .damaged(let path, let frames, let detail):
            "\(path) is damaged or cut off after \(frames) readable frames. "
                + "Use those, or fetch the file again.\(Self.quote(detail))"
        case .tooLarge(let path, let width, let height, let limit):
            "\(path): \(width)×\(height) pixels are more than the limit of \(limit) pixels. "
                + "Scale it down first: ffmpeg -i IN -vf scale=1280:-2 OUT."
        case .invalidPNG(let reason):
            "The bytes are no usable PNG: \(reason). Save it as 8-bit RGB without interlacing."
        case .cancelled(let path):
            "\(path): reading was cancelled. Open it again to start over."
        default:
            "Video input or output failed. Report this as a bug."  // the other half is above
        }
    }

    /// A file of an output cannot be written.
    ///
    /// - Parameter framesSafe: frames of the output that are complete.
    init(_ error: FileWriteError, path: String, framesSafe: Int) {
        self =
            switch error {
            case .diskFull: .diskFull(path: path, framesSafe: framesSafe, log: "")
            case .unwritable(_, let reason):
                .writeFailed(path: path, framesSafe: framesSafe, reason: reason)
            }
    }

    private static func size(_ sides: [Int]) -> String {
        sides.map(String.init).joined(separator: "×")
    }

    private static func safety(_ frames: Int?) -> String {
        switch frames {
        case nil: "how many frames are safe in the file is unknown"
        case 0: "no frame is safe in the file"
        case 1: "at least 1 frame is safe in the file"
        case let count?: "at least \(count) frames are safe in the file"
        }
    }

    /// Folds a program's last lines into one.
    private static func fold(_ log: String) -> String {
        log.split(whereSeparator: \.isNewline).suffix(4).joined(separator: " | ")
    }

    /// A program's last lines as the end of a message.
    private static func quote(_ log: String) -> String {
        log.isEmpty ? "" : " [\(fold(log))]"
    }
}

extension VideoIOError: Failure {
    /// What kind of thing went wrong.
    public var kind: FailureKind {
        switch self {
        case .toolNotFound, .encoderMissing, .toolFailed: .unavailable
        case .unknownExtension, .invalidSize, .invalidFrameRate, .invalidTimeout: .badRequest
        case .folderMissing, .folderNotWritable, .outputExists, .outputWrongKind,
            .outputNotRegular, .outputBusy, .lockForeign, .noSpace:
            .conflict
        case .diskFull, .writeFailed, .encoderStopped: .writeFailed
        case .fileMissing: .notFound
        case .readFailed, .inputNotRegular, .notAVideo, .damaged, .tooLarge, .invalidPNG: .badData
        case .cancelled: .interrupted
        case .frameSizeMismatch, .alreadyFinished, .noFrames: .fault
        }
    }
}
