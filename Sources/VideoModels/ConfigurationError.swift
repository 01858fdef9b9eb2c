public import Foundations

/// A configuration that no network can be built from.
public enum ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A field breaks its rule.
    case invalid(field: String, rule: String)
    /// A configuration file cannot be read or decoded.
    case unreadable(file: String, reason: String)

    /// One line that names the field or file and what it must be.
    public var description: String {
        switch self {
        case .invalid(let field, let rule): "configuration field '\(field)' \(rule)"
        case .unreadable(let file, let reason): "\(file): \(reason)"
        }
    }
}

extension ConfigurationError: Failure {
    /// What kind of thing went wrong.
    public var kind: FailureKind {
        .badData
    }
}
