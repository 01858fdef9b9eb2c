public import Foundations

/// What can go wrong while files are fetched from a model hub, with the next step in every message.
public enum HubError: Error, Sendable, Hashable {
    /// The text is no name of a repository.
    case invalidRepository(String)
    /// The text is no name of a branch, a tag or a commit.
    case invalidRevision(String)
    /// A variable of the environment holds what cannot be used.
    case invalidSetting(variable: String, value: String, expected: String)

    /// The hub knows no such repository or revision.
    case repositoryNotFound(repository: String, revision: String)
    /// The hub asks for a token, or refuses the one that it got (HTTP 401 or 403).
    case notAuthorized(repository: String, status: Int, hasToken: Bool)
    /// The hub lists a file and then does not have it.
    case fileNotFound(path: String, repository: String)
    /// None of the repository's files fits the patterns.
    case noMatch(patterns: [String], repository: String)
    /// The hub answered with a status that is no success.
    case refused(address: String, status: Int)
    /// The hub answered something that is not understood.
    case invalidAnswer(address: String, reason: String)
    /// No connection, or it broke too often.
    case unreachable(address: String, reason: String)

    /// A path of the repository would leave the folder of the snapshot.
    case unsafePath(path: String, reason: String)
    /// A file has another length than the hub lists, in bytes.
    case wrongLength(path: String, expected: Int, actual: Int)
    /// A file's bytes do not have the hash that the hub lists.
    case wrongHash(path: String, expected: String, actual: String)

    /// The disk has too little room, in bytes.
    case noSpace(folder: String, needed: Int, free: Int)
    /// The disk became full; what arrived is kept.
    case diskFull(path: String)
    /// The system refused to read or write something in the cache.
    case cache(path: String, reason: String)
    /// Another process downloads the same file.
    case busy(path: String)
    /// The cache lacks what is asked for, and the network may not be used.
    case notCached(repository: String, revision: String, folder: String)
}

extension HubError: CustomStringConvertible {
    /// The message, with fields by the names of the libraries.
    public var description: String { message.description }

    /// One line: place, expected, actual, next step.
    public var message: FailureText {
        switch self {
        case .invalidRepository(let text):
            "‘\(text.oneLine)’ is no repository. Give owner/name, as in the address of its page."
        case .invalidRevision(let text):
            "‘\(text.oneLine)’ is no revision. Give the name of a branch or tag, or a commit."
        case .invalidSetting(let variable, let value, let expected):
            "\(variable) is ‘\(value.oneLine)’, which is not \(expected). Correct or unset it."
        case .repositoryNotFound(let repository, let revision):
            "\(repository), revision \(revision): the hub has none. Check the spelling, and \(field: "revision")."
        case .notAuthorized(let repository, let status, let hasToken):
            "\(repository): the hub refuses (HTTP \(status)); it is private, gated or does not exist. "
                + (hasToken
                    ? "Check the spelling, and that the token may read it and its terms are accepted."
                    : "Check the spelling, or put a token that may read it in HF_TOKEN.")
        case .fileNotFound(let path, let repository):
            "\(path): \(repository) lists this file, but the hub does not have it (HTTP 404). Try again later."
        case .noMatch(let patterns, let repository):
            "\(repository) has no file that fits \(patterns.joined(separator: ", ")). "
                + "\(field: "dry_run") without \(field: "file") lists all of them."
        case .refused(let address, let status):
            "\(address): the hub answered HTTP \(status). Run the command again later; what arrived is kept."
        case .invalidAnswer(let address, let reason):
            "\(address): the answer is not a hub's: \(reason.oneLine). Check HF_ENDPOINT."
        case .unreachable(let address, let reason):
            "\(address): \(reason). Check the connection and run the command again; what arrived is kept. "
                + "HF_HUB_OFFLINE=1 uses the cache alone."
        default: fileMessage
        }
    }

    /// Messages about files and the disk.
    private var fileMessage: FailureText {
        switch self {
        case .unsafePath(let path, let reason):
            "‘\(path.oneLine)’: \(reason), so that it could be written outside the snapshot's folder. "
                + "Nothing was downloaded; do not trust this repository."
        case .wrongLength(let path, let expected, let actual):
            "\(path): \(actual) bytes instead of the \(expected) that the hub lists. "
                + "Nothing of it was kept; run the command again."
        case .wrongHash(let path, let expected, let actual):
            "\(path): the bytes have the hash \(actual) instead of \(expected). "
                + "Nothing of it was kept; run the command again."
        case .noSpace(let folder, let needed, let free):
            "\(folder): \(needed) bytes are needed and \(free) are free. "
                + "Make room, choose fewer files with \(field: "file"), or set HF_HOME to a larger disk."
        case .diskFull(let path):
            "\(path): the disk is full. Make room and run the command again; what arrived is kept."
        case .cache(let path, let reason):
            "\(path): \(reason). Check the permissions, or set HF_HOME to another folder."
        case .busy(let path):
            "\(path): another process downloads this file. Wait until it ends."
        case .notCached(let repository, let revision, let folder):
            "\(folder): what is asked of \(repository), revision \(revision), is not in the cache. "
                + "Unset HF_HUB_OFFLINE to download it."
        default: "unknown error of the hub"
        }
    }
}

extension HubError: Failure {
    /// What kind of thing went wrong.
    public var kind: FailureKind {
        switch self {
        case .invalidRepository, .invalidRevision, .invalidSetting: .badRequest
        case .repositoryNotFound, .notAuthorized, .fileNotFound, .noMatch, .notCached: .notFound
        case .refused, .invalidAnswer, .unreachable, .busy: .unavailable
        case .unsafePath, .wrongLength, .wrongHash: .badData
        case .noSpace, .cache: .conflict
        case .diskFull: .writeFailed
        }
    }
}
