import Foundation
import Foundations

/// A curve over the frames of a video, as inline SVG that stretches to its place.
struct ReportChart {
    /// Units of the drawing; text is left to HTML, so that it is not stretched.
    private static let (width, height) = (1000.0, 200.0)
    /// Most points of a line; of a longer curve each step shows its smallest and largest value.
    private static let pointLimit = 600

    let curve: MetricCurve
    /// First frames of scenes.
    let cuts: [Int]
    /// First frames of chunks.
    let borders: [Int]

    /// The drawing with its labels; empty if no value is defined.
    var html: String {
        let values = curve.values.compactMap(\.self)
        guard let low = values.min(), let high = values.max() else { return "" }
        let pad = high > low ? (high - low) * 0.05 : 1
        let range = low - pad...high + pad
        return """
            <figure class="chart">
            <figcaption>\(ReportPage.title(curve.name)) <span class="unit">\(MetricFigure.text(low)) to \(MetricFigure.text(high)) \
            \(curve.unit.escapedForHTML)</span></figcaption>
            <div class="plot">
            <svg viewBox="0 0 1000 200" preserveAspectRatio="none" role="img" \
            aria-label="\(ReportPage.title(curve.name)) over time">\(Self.marks(cuts: cuts, borders: borders, frames: curve.values.count))\(lines(range))</svg>
            </div>
            <div class="axis"><span>frame 0</span><span>\(curve.values.count - 1)</span></div>
            </figure>

            """
    }

    /// Vertical lines at cuts and, where there are not too many, at chunk borders.
    static func marks(cuts: [Int], borders: [Int], frames: Int) -> String {
        func line(_ frame: Int, _ kind: String) -> String {
            let x = number(width * Double(frame) / Double(max(frames, 1)))
            return "<line class=\"\(kind)\" x1=\"\(x)\" x2=\"\(x)\" y1=\"0\" y2=\"200\"/>"
        }
        let shown = borders.count > 200 ? [] : borders
        return (shown.map { line($0, "border") } + cuts.map { line($0, "cut") }).joined()
    }

    /// One line for each stretch in which the curve is defined.
    private func lines(_ range: ClosedRange<Double>) -> String {
        let count = curve.values.count
        let step = max(1, (2 * count + Self.pointLimit - 1) / Self.pointLimit)
        var stretches: [[(frame: Double, value: Double)]] = [[]]
        for start in stride(from: 0, to: count, by: step) {
            let values = curve.values[start..<min(start + step, count)].compactMap(\.self)
            guard let low = values.min(), let high = values.max() else {
                stretches.append([])
                continue
            }
            let frame = Double(start) + Double(step) / 2
            stretches[stretches.count - 1].append((frame, low))
            if high > low { stretches[stretches.count - 1].append((frame, high)) }
        }
        return stretches.filter { !$0.isEmpty }.map { points in
            // A single point would not show as a line.
            let ends =
                points.count == 1 ? points + [(points[0].frame + 0.5, points[0].value)] : points
            let text = ends.map { point in
                let x = Self.width * min(point.frame, Double(count)) / Double(count)
                let share = (point.value - range.lowerBound) / (range.upperBound - range.lowerBound)
                return "\(Self.number(x)),\(Self.number(Self.height * (1 - share)))"
            }
            return "<polyline points=\"\(text.joined(separator: " "))\"/>"
        }.joined()
    }

    private static func number(_ value: Double) -> String { String(format: "%.1f", value) }
}
