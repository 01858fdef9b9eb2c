/// A motion-aware warp error, or the reason why a video has none.
public enum WarpErrorScore: Sendable, Hashable {
    /// The number; lower is better.
    case value(Double)
    /// No number can be given.
    case undefined(Reason)

    /// Why a video has no score.
    public enum Reason: String, Sendable, Hashable, Codable {
        /// A single frame or none has no motion to measure.
        case tooFewFrames = "too few frames"
        /// Nothing moves and nothing changes: 0 by 0, the published script's NaN.
        case noMotion = "no motion"
        /// Something changes though nothing moves: a number by 0, the published script's infinity.
        case changeWithoutMotion = "change without motion"
        /// In no pair of frames a pixel of the one is seen in the other.
        case nothingVisible = "nothing visible"
    }

    /// The number, if there is one.
    public var value: Double? {
        if case .value(let value) = self { value } else { nil }
    }

    /// Why there is none, if there is none.
    public var reason: Reason? {
        if case .undefined(let reason) = self { reason } else { nil }
    }
}

extension WarpErrorScore: Codable {
    private enum CodingKeys: String, CodingKey {
        case value, undefined
    }

    /// Writes `{"value": 52.3}` or `{"undefined": "no motion"}`: never a NaN, which JSON does not have.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .value(let value): try container.encode(value, forKey: .value)
        case .undefined(let reason): try container.encode(reason, forKey: .undefined)
        }
    }

    /// Reads what ``encode(to:)`` writes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let reason = try container.decodeIfPresent(Reason.self, forKey: .undefined) {
            self = .undefined(reason)
        } else {
            self = .value(try container.decode(Double.self, forKey: .value))
        }
    }
}
