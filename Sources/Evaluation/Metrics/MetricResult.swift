import Foundation

/// One number that a metric found, or why there is none.
public struct MetricFigure: Codable, Sendable, Hashable {
    /// A value, or the reason why it is not defined.
    public enum Measurement: Sendable, Hashable {
        /// A finite number.
        case value(Double)
        /// There is no such number for this video.
        case undefined(String)
    }

    /// The name, unique among all figures.
    public let name: String
    /// A short unit.
    public let unit: String
    /// What was measured.
    public let measurement: Measurement
    /// One sentence on what the number means; empty where results were read from a file.
    public let meaning: String

    /// The number, if it is defined.
    public var value: Double? {
        if case .value(let value) = measurement { value } else { nil }
    }

    /// Why there is no number.
    public var reason: String? {
        if case .undefined(let reason) = measurement { reason } else { nil }
    }

    /// - Precondition: a value is finite.
    public init(_ name: String, unit: String, _ measurement: Measurement, meaning: String) {
        if case .value(let value) = measurement { precondition(value.isFinite, name) }
        self.name = name
        self.unit = unit
        self.measurement = measurement
        self.meaning = meaning
    }

    enum CodingKeys: String, CodingKey { case name, unit, value, reason }

    /// The largest number that is read; sums and squares of such numbers are finite.
    static let largest = 1e100

    /// Reads what ``encode(to:)`` wrote.
    public init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        name = try box.decode(String.self, forKey: .name)
        unit = try box.decode(String.self, forKey: .unit)
        meaning = ""
        if let value = try box.decode(Double?.self, forKey: .value) {
            guard abs(value) <= Self.largest else {
                throw DecodingError.dataCorruptedError(
                    forKey: .value, in: box,
                    debugDescription: "must be from -\(Self.largest) to \(Self.largest)")
            }
            measurement = .value(value)
        } else {
            measurement = .undefined(try box.decode(String.self, forKey: .reason))
        }
    }

    /// Writes name, unit, value and reason; of the last two one is null.
    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(name, forKey: .name)
        try box.encode(unit, forKey: .unit)
        try box.encode(value, forKey: .value)
        try box.encode(reason, forKey: .reason)
    }
}

extension MetricFigure.Measurement {
    /// The value of `measure`, if the video has enough frames.
    static func of(
        frames: Int, needing least: Int, _ measure: () -> MetricFigure.Measurement
    ) -> MetricFigure.Measurement {
        guard frames >= least else {
            return .undefined(
                "needs \(least) frame\(least == 1 ? "" : "s"), the video has \(frames)")
        }
        return measure()
    }
}

/// A number for each frame of a video.
public struct MetricCurve: Codable, Sendable, Hashable {
    /// The name, unique among all curves.
    public let name: String
    /// A short unit.
    public let unit: String
    /// One entry per frame; `nil` where it is not defined.
    public let values: [Double?]

    /// Names numbers.
    public init(_ name: String, unit: String, _ values: [Double?]) {
        self.name = name
        self.unit = unit
        self.values = values
    }
}

/// What one metric found in one video.
public struct MetricResult: Codable, Sendable, Hashable {
    /// The metric's name.
    public let metric: String
    /// What the numbers depend on: thresholds, versions, the hash of a network's weights.
    public let settings: [String: String]
    /// The numbers.
    public let figures: [MetricFigure]
    /// Numbers over time.
    public let curves: [MetricCurve]
    /// Numbers of frames that the metric points at, such as scene cuts.
    public let marks: [Int]

    /// Gathers a result.
    public init(
        _ metric: String, settings: [String: String] = [:], figures: [MetricFigure],
        curves: [MetricCurve] = [], marks: [Int] = []
    ) {
        self.metric = metric
        self.settings = settings
        self.figures = figures
        self.curves = curves
        self.marks = marks
    }
}

extension MetricFigure {
    /// A number with as many digits as are of use: `0.9713`, `31.24`, `118.3`; nothing is `–`.
    public static func text(_ value: Double?) -> String {
        guard let value else { return "–" }
        let size = abs(value)
        let text = String(format: "%.\(size < 1 ? 4 : size < 100 ? 2 : 1)f", value)
        return value == value.rounded() && size < 1e6 ? String(Int(value)) : text
    }
}
