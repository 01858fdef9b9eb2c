import Foundation

/// Why a file cannot be written.
public enum FileWriteError: Error, Sendable, Hashable {
    /// The disk, or the user's share of it, has no room.
    case diskFull(file: String)
    /// The system refuses to make or write the file.
    case unwritable(file: String, reason: String)

    /// The error of a failed system call.
    ///
    /// - Parameter code: its `errno`.
    package init(_ file: String, code: Int32) {
        self =
            code == ENOSPC || code == EDQUOT
            ? .diskFull(file: file)
            : .unwritable(file: file, reason: String(cString: strerror(code)))
    }

    /// What went wrong, without the file and the next step.
    package var reason: String {
        switch self {
        case .diskFull: "the disk is full"
        case .unwritable(_, let reason): reason
        }
    }

    /// The same error of another file.
    func naming(_ file: String) -> FileWriteError {
        switch self {
        case .diskFull: .diskFull(file: file)
        case .unwritable(_, let reason): .unwritable(file: file, reason: reason)
        }
    }
}

extension FileWriteError: CustomStringConvertible {
    /// One line: place, reason, next step.
    public var description: String {
        switch self {
        case .diskFull(let file):
            "\(file): the disk is full. Free some space or choose another folder."
        case .unwritable(let file, let reason):
            "\(file): cannot be written (\(reason)). Check the folder and its permissions."
        }
    }
}

extension FileWriteError: Failure {
    /// What kind of thing went wrong.
    public var kind: FailureKind {
        switch self {
        case .diskFull: .writeFailed
        case .unwritable: .conflict
        }
    }
}
