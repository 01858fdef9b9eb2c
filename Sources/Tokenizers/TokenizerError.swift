public import Foundations

/// What can go wrong between a tokenizer's files, a text and its identifiers.
public enum TokenizerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A file of the tokenizer folder does not exist.
    case missingFile(path: String)
    /// A file exists but cannot be read.
    case unreadableFile(path: String, reason: String)
    /// A file was read and does not hold what its name promises.
    case corruptFile(path: String, reason: String)
    /// A file that belongs to the program is not beside it.
    case missingResource(name: String, places: [String])
    /// The vocabulary lacks a token that every encoding needs.
    case missingToken(role: String, token: String)
    /// An identifier that no entry of the vocabulary has.
    case unknownIdentifier(Int)
    /// A text so long that nobody can have meant it as a prompt; sizes are in UTF-8 bytes.
    case textTooLong(size: Int, limit: Int)
    /// A number from the caller that breaks a rule.
    case invalidParameter(name: String, value: Int, rule: String)
    /// A file could not be written.
    case unwritableFile(path: String, reason: String)

    /// One line: the place, what was found, and what to do next.
    public var description: String {
        switch self {
        case .missingFile(let path):
            "\(path) does not exist. Point to a tokenizer folder with vocab.json and merges.txt."
        case .unreadableFile(let path, let reason):
            "\(path) cannot be read: \(reason). Check its permissions."
        case .corruptFile(let path, let reason):
            "\(path) is not a valid tokenizer file: \(reason). Fetch the file again."
        case .missingResource(let name, let places):
            "\(name), a part of this program, is in none of \(places.joined(separator: ", ")). "
                + "Keep the folder StreamingT2V_Tokenizers.resources of the build beside the program."
        case .missingToken(let role, let token):
            "The vocabulary lacks the \(role) token '\(token)'. "
                + "Check that vocab.json and special_tokens_map.json belong together."
        case .unknownIdentifier(let identifier):
            "No vocabulary entry has the identifier \(identifier). "
                + "Check that the identifiers come from the same tokenizer."
        case .textTooLong(let size, let limit):
            "The text has \(size) bytes, the tokenizer accepts \(limit). Shorten the text."
        case .invalidParameter(let name, let value, let rule):
            "\(name) is \(value), but \(rule). Choose another value."
        case .unwritableFile(let path, let reason):
            "\(path) cannot be written: \(reason). Check the folder and the free space."
        }
    }
}

extension TokenizerError: Failure {
    /// What kind of thing went wrong.
    public var kind: FailureKind {
        .badData
    }
}
