import Foundation

/// A number over the time of a video, as a mean over every four frames.
public struct StudyCurve: Codable, Sendable, Hashable {
    /// Frames that one value stands for.
    public static let framesPerValue = 4

    /// The name.
    public let name: String
    /// A short unit.
    public let unit: String
    /// Means over ``framesPerValue`` frames, to five digits; `nil` where no frame has a value.
    public let values: [Double?]

    /// Condenses a curve with a value per frame.
    init(_ curve: MetricCurve) {
        name = curve.name
        unit = curve.unit
        values = stride(from: 0, to: curve.values.count, by: Self.framesPerValue).map { start in
            let end = min(start + Self.framesPerValue, curve.values.count)
            return Self.rounded(curve.values[start..<end].compactMap(\.self).mean)
        }
    }

    /// The mean of curves of one name, moment by moment; `nil` where none has a value.
    ///
    /// - Precondition: there is a curve.
    init(meanOf curves: [StudyCurve]) {
        name = curves[0].name
        unit = curves[0].unit
        let count = curves.map(\.values.count).max() ?? 0
        values = (0..<count).map { index in
            Self.rounded(
                curves.compactMap { $0.values.indices.contains(index) ? $0.values[index] : nil }
                    .mean)
        }
    }

    /// Mean over the values whose first frame is in the range; `nil` if none is defined.
    func mean(frames: Range<Int>) -> Double? {
        values.enumerated().compactMap { index, value in
            frames.contains(index * Self.framesPerValue) ? value : nil
        }.mean
    }

    private static func rounded(_ value: Double?) -> Double? {
        value.flatMap { Double(String(format: "%.5g", $0)) }
    }
}
