public import Foundations

/// What can go wrong when weights are read or written.
///
/// `file` is always the path of the file or folder concerned.
public enum CheckpointError: Error, Sendable, Hashable {
    /// There is no such file or folder, or a folder holds no checkpoint.
    case notFound(file: String)
    /// An index names a shard that is not beside it.
    case missingShard(file: String, shard: String)
    /// A folder holds several checkpoints and none of them is the obvious one.
    case ambiguous(file: String, candidates: [String])
    /// The system refuses to open or map the file.
    case unreadable(file: String, reason: String)
    /// The header claims more bytes than any sound file needs.
    case headerTooLarge(file: String, length: UInt64, limit: Int)
    /// The header claims more bytes than the file has.
    case headerPastEnd(file: String, headerLength: Int, fileLength: Int)
    /// The contents contradict the format or themselves.
    case corrupt(file: String, reason: String)
    /// Two tensors claim the same bytes.
    case overlapping(file: String, name: String, other: String)
    /// A tensor has an element type that this program does not know.
    case unknownType(file: String, name: String, type: String)
    /// There is no tensor of this name.
    case noSuchTensor(file: String, name: String)
    /// The tensors are not those that the model needs.
    case mismatch(file: String, report: LoadReport)
    /// A tensor holds NaN or infinity; `index` counts elements in storage order.
    case nonFinite(file: String, name: String, index: Int)
    /// A number is too large for the type that it is to be stored in; `index` counts elements in storage order.
    case overflow(file: String, name: String, index: Int, type: StoredType)
    /// The place of the output is taken.
    case outputExists(file: String)
    /// The disk, or the user's share of it, has no room for the file.
    case diskFull(file: String)
    /// The file cannot be written as asked.
    case unwritable(file: String, reason: String)
}

extension CheckpointError {
    /// The error of a file that could not be written.
    package init(_ error: FileWriteError) {
        switch error {
        case .diskFull(let file): self = .diskFull(file: file)
        case .unwritable(let file, let reason): self = .unwritable(file: file, reason: reason)
        }
    }

    /// Does work on files; its errors become this type's.
    static func whenWriting<Result>(
        _ body: () throws(FileWriteError) -> Result
    ) throws(CheckpointError) -> Result {
        do {
            return try body()
        } catch {
            throw CheckpointError(error)
        }
    }
}

extension CheckpointError: CustomStringConvertible {
    /// The message, with fields by the names of the libraries.
    public var description: String { message.description }

    /// Names the file, says what is wrong and what to do; one line, except for `mismatch`.
    public var message: FailureText {
        switch self {
        case .notFound(let file):
            "\(file): no checkpoint here. Check the path, or download the model first."
        case .missingShard(let file, let shard):
            "\(file): the index names \(shard.quoted), which is not beside it. "
                + "Download the missing shard into the same folder."
        case .ambiguous(let file, let candidates):
            "\(file): holds several checkpoints (\(candidates.joined(separator: ", "))). "
                + "Give the path of one of them."
        case .unreadable(let file, let reason):
            "\(file): cannot be read (\(reason)). Check its permissions and the disk."
        case .headerTooLarge(let file, let length, let limit):
            "\(file): the header claims \(length) bytes, at most \(limit) are allowed. "
                + "This is probably not a safetensors file; download or convert it again."
        case .headerPastEnd(let file, let headerLength, let fileLength):
            "\(file): the header claims \(headerLength) bytes, the whole file has \(fileLength). "
                + "The file is cut short or not safetensors; download it again."
        case .corrupt(let file, let reason):
            "\(file): damaged, \(reason). Download it again or write it anew."
        case .overlapping(let file, let name, let other):
            "\(file): \(name.quoted) and \(other.quoted) claim the same bytes. "
                + "The file is damaged or forged; get it from a source you trust."
        case .unknownType(let file, let name, let type):
            "\(file): \(name.quoted) has element type \(type.quoted), known are "
                + "\(StoredType.allCases.map(\.rawValue).joined(separator: ", ")). Convert the file to "
                + "one of them."
        case .noSuchTensor(let file, let name):
            "\(file): holds no tensor \(name.quoted). Check that the file belongs to this model."
        case .mismatch(let file, let report):
            "\(file.visible): \(report.summary)"
        case .nonFinite(let file, let name, let index):
            "\(file): \(name.quoted) holds NaN or infinity (first at element \(index)). "
                + "Use an earlier checkpoint, or the original file if this one was converted."
        case .overflow(let file, let name, let index, let type):
            "\(file): \(name.quoted) has a number too large for \(type.dtype) (first at element "
                + "\(index)). Choose a type with a larger range: \(Self.wider(than: type))."
        case .outputExists(let file):
            "\(file): there is one already. Add \(field: "overwrite") to replace it, or choose another folder."
        case .diskFull(let file):
            "\(file): the disk has no room for it. Free some space or choose another folder."
        case .unwritable(let file, let reason):
            "\(file): cannot be written, \(reason). Correct that or choose another path."
        }
    }
}

extension CheckpointError {
    /// The types that hold larger numbers, for people.
    private static func wider(than type: StoredType) -> String {
        switch type {
        case .float16: "bfloat16 or float32"
        case .bfloat16: "float32"
        default: "that of the input"
        }
    }
}

extension CheckpointError: Failure {
    /// What kind of thing went wrong.
    public var kind: FailureKind {
        switch self {
        case .notFound, .missingShard: .notFound
        case .diskFull: .writeFailed
        case .unwritable, .outputExists: .conflict
        case .ambiguous, .unreadable, .headerTooLarge, .headerPastEnd, .corrupt, .overlapping,
            .unknownType, .noSuchTensor, .mismatch, .nonFinite, .overflow:
            .badData
        }
    }
}
