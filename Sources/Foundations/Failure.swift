/// What kind of thing went wrong: what a script or an HTTP client needs to know of a failure.
public enum FailureKind: String, Sendable, Codable, CaseIterable {
    /// An option or field has a value that cannot be met.
    case badRequest = "bad_request"
    /// A file, weights or a video do not hold what they should.
    case badData = "bad_data"
    /// There is no such file, model or repository.
    case notFound = "not_found"
    /// A program, device or host that is needed does not answer.
    case unavailable
    /// This program is wrong.
    case fault
    /// The memory does not suffice.
    case outOfMemory = "out_of_memory"
    /// An output cannot be made: a lock, a file that exists, a folder without permission, no room before work starts.
    case conflict
    /// Writing failed, or the disk filled up, while work was being done.
    case writeFailed = "write_failed"
    /// Somebody asked this program to stop.
    case interrupted

    /// The exit code of a command: those of BSD's `sysexits`, and 130 as shells report Ctrl-C.
    public var exitCode: Int32 {
        switch self {
        case .badRequest: 64
        case .badData: 65
        case .notFound: 66
        case .unavailable: 69
        case .fault: 70
        case .outOfMemory: 71
        case .conflict: 73
        case .writeFailed: 74
        case .interrupted: 130
        }
    }

    /// The status of an HTTP answer; `nil` for an interruption, after which there is no answer.
    public var httpStatus: Int? {
        switch self {
        case .badRequest, .badData: 400
        case .notFound: 404
        case .unavailable, .outOfMemory: 503
        case .fault: 500
        case .conflict: 409
        case .writeFailed: 507
        case .interrupted: nil
        }
    }
}

/// An error of this project: what kind it is, which field of a request it is about, and a message that says what to do.
public protocol Failure: Error, CustomStringConvertible {
    /// What kind of thing went wrong.
    var kind: FailureKind { get }
    /// The field of a request that is wrong, such as `guidance_scale`.
    var field: String? { get }
    /// The whole message: place, found, expected, next step.
    var message: FailureText { get }
}

extension Failure {
    /// No field, unless an error names one.
    public var field: String? { nil }
    /// The description, for messages that name no field.
    public var message: FailureText { FailureText(description) }
}

/// A field of a request has a value that cannot be met.
public struct InvalidField: Failure, Hashable {
    /// The field, such as `guidance_scale`.
    public let name: String
    /// What is wrong with it, as the end of a sentence that begins with the field.
    public let rule: FailureText

    /// A field that breaks a rule.
    ///
    /// - Parameter rule: the end of a sentence that begins with the field.
    public init(_ name: String, _ rule: FailureText) {
        (self.name, self.rule) = (name, rule)
    }

    /// A bad request.
    public var kind: FailureKind { .badRequest }
    /// The field.
    public var field: String? { name }
    /// The sentence.
    public var message: FailureText { "\(field: name) \(rule)" }
    /// The sentence, with fields by the names of the libraries.
    public var description: String { message.description }

    /// Throws unless a number is in a range; not a number is in none.
    public static func require<Number: Comparable>(
        _ name: String, _ value: Number, in range: ClosedRange<Number>
    ) throws(InvalidField) {
        guard range.contains(value) else {
            throw InvalidField(
                name,
                "must be from \(short(range.lowerBound)) to \(short(range.upperBound)), not \(value)"
            )
        }
    }

    /// A bound without `.0`.
    private static func short(_ bound: some Any) -> String {
        let text = "\(bound)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
