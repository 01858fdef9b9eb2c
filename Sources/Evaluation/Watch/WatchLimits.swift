public import Foundations
import Foundation

/// How far a chunk may go before it counts as drifting.
///
/// The defaults let pass what the embedded model makes of its prompts, and ordinary videos; see docs/evaluation.md.
public struct WatchLimits: Sendable, Hashable, Codable {
    /// Change across the border to the chunk before, by the usual change inside chunks.
    public var border = 4.0
    /// Mean luminance against the first chunk's, in levels of 255, either way.
    public var luminance = 40.0
    /// Mean saturation against the first chunk's, in points of 100, either way.
    public var saturation = 30.0
    /// Share of pixels with other colours than the first frame, against the first chunk's, in points of 100.
    public var colours = 50.0
    /// Fine detail against the first chunk's, as a ratio, either way.
    public var detail = 4.0
    /// Share of the chunk's frames that stand still, in percent, if the first chunk moved.
    public var freeze = 50.0

    /// The default limits.
    public init() {}

    private static let names: [(String, WritableKeyPath<WatchLimits, Double> & Sendable)] = [
        ("border", \.border), ("luminance", \.luminance), ("saturation", \.saturation),
        ("colours", \.colours), ("detail", \.detail), ("freeze", \.freeze),
    ]

    /// The limits by name, as manifests store them.
    public var named: [String: Double] {
        Dictionary(uniqueKeysWithValues: Self.names.map { ($0.0, self[keyPath: $0.1]) })
    }

    /// Reads `border=3,luminance=20`; limits that are not named keep their default.
    ///
    /// - Throws: ``InvalidField(_:_:)``.
    public init(parsing text: String) throws(InvalidField) {
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=", omittingEmptySubsequences: false)
            guard pair.count == 2, let entry = Self.names.first(where: { $0.0 == pair[0] }) else {
                let known = Self.names.map(\.0).joined(separator: ", ")
                throw InvalidField(
                    "drift_limits", "must be NAME=NUMBER, not \(part); the names are \(known)")
            }
            guard let value = Double(pair[1]), value.isFinite, value > 0 else {
                throw InvalidField("drift_limits", "needs a number above 0, not \(part)")
            }
            self[keyPath: entry.1] = value
        }
    }
}
