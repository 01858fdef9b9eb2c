/// A message that names the fields of a request.
///
/// The libraries know fields (`guidance_scale`), a command line has options for them (`--guidance-scale`). Who shows the
/// message says how a field is called there: ``text(_:)``.
public struct FailureText: Sendable, Hashable {
    private enum Part: Sendable, Hashable {
        case text(String)
        case field(String)
    }

    /// No text is empty, and none follows another, so that the same message is the same value.
    private var parts: [Part] = []

    /// A message that names no field.
    public init(_ text: String) { append(text) }

    private mutating func append(_ text: String) {
        if text.isEmpty { return }
        if case .text(let last)? = parts.last {
            parts[parts.count - 1] = .text(last + text)
        } else {
            parts.append(.text(text))
        }
    }

    private mutating func append(_ other: FailureText) {
        for part in other.parts {
            switch part {
            case .text(let text): append(text)
            case .field: parts.append(part)
            }
        }
    }

    /// The message with each field under the name that `name` gives it.
    public func text(_ name: (String) -> String) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .field(let field): name(field)
            }
        }.joined()
    }

    /// The first field that it names.
    public var firstField: String? {
        for case .field(let field) in parts { return field }
        return nil
    }

    /// One message after another.
    public static func + (first: FailureText, second: FailureText) -> FailureText {
        var both = first
        both.append(second)
        return both
    }
}

extension FailureText: CustomStringConvertible {
    /// The message with the names of the libraries.
    public var description: String { text { $0 } }
}

extension FailureText: ExpressibleByStringInterpolation {
    /// Collects texts and fields.
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var message = FailureText("")

        /// An empty message.
        public init(literalCapacity: Int, interpolationCount: Int) {}

        /// Adds a text.
        public mutating func appendLiteral(_ literal: String) {
            message.append(literal)
        }

        /// Adds a value as it prints.
        public mutating func appendInterpolation(_ value: some Any) {
            message.append("\(value)")
        }

        /// Adds another message.
        public mutating func appendInterpolation(_ text: FailureText) {
            message.append(text)
        }

        /// Adds the name of a field.
        public mutating func appendInterpolation(field: String) {
            message.parts.append(.field(field))
        }
    }

    /// A message that names no field.
    public init(stringLiteral text: String) { self.init(text) }

    /// A message of several parts.
    public init(stringInterpolation: StringInterpolation) { self = stringInterpolation.message }
}

extension [FailureText] {
    /// All of them as one message, with a separator between them.
    public func joined(by separator: String) -> FailureText {
        dropFirst().reduce(first ?? "") { "\($0)\(separator)\($1)" }
    }
}
