import Foundation
import Foundations

/// The curves of `study length` as one SVG: a panel per number, a line per length.
public struct LengthChart {
    private static let columns = 2
    private static let (panelWidth, panelHeight) = (480.0, 190.0)
    private static let (left, top) = (12.0, 44.0)
    private static let (plotWidth, plotHeight) = (456.0, 110.0)
    /// Colours of the lines, from the shortest videos on; legible on white and for colour-blind eyes.
    private static let colours = [
        "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",
    ]
    /// Most points of a line; of a longer curve neighbours are averaged.
    private static let pointLimit = 150

    private let curves: LengthCurves

    /// A drawing of curves.
    public init(_ curves: LengthCurves) {
        self.curves = curves
    }

    /// The drawing; nothing outside it is needed.
    public var svg: String {
        let names = curves.lengths.first?.curves.map(\.name) ?? []
        let rows = (names.count + Self.columns - 1) / Self.columns
        let width = Self.panelWidth * Double(Self.columns)
        let height = Self.panelHeight * Double(rows) + Self.top
        let panels = names.enumerated().map { index, name in
            let x = Self.panelWidth * Double(index % Self.columns)
            let y = Self.top / 2 + Self.panelHeight * Double(index / Self.columns)
            return "<g transform=\"translate(\(Int(x)) \(Int(y)))\">\(panel(name))</g>"
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(width)) \(Int(height))" \
            font-family="sans-serif" font-size="13" fill="#222">
            <rect width="100%" height="100%" fill="#fff"/>
            \(legend)
            \(panels.joined(separator: "\n"))
            </svg>

            """
    }

    private static func colour(_ index: Int) -> String { colours[index % colours.count] }

    private var legend: String {
        curves.lengths.enumerated().map { index, length in
            "<text x=\"\(Int(Self.left) + 140 * index)\" y=\"20\" fill=\"\(Self.colour(index))\">"
                + "\(length.frames) frames</text>"
        }.joined()
    }

    private func panel(_ name: String) -> String {
        let lines = curves.lengths.map { length in length.curves.first { $0.name == name } }
        let values = lines.compactMap(\.self).flatMap { $0.values.compactMap(\.self) }
        let unit = lines.compactMap(\.self).first?.unit ?? ""
        let title = ReportPage.title(name) + (unit.isEmpty ? "" : ", " + unit.escapedForHTML)
        let heading =
            "<text x=\"\(Int(Self.left))\" y=\"\(Int(Self.top) - 10)\" font-weight=\"bold\">"
            + "\(title)</text>"
        guard let low = values.min(), let high = values.max() else {
            return heading + "<text x=\"\(Int(Self.left))\" y=\"70\">not defined</text>"
        }
        let longest = Double(curves.lengths.map(\.frames).max() ?? 1)
        let drawn = lines.enumerated().map { index, line in
            let points = Self.points(line?.values ?? []).map { frame, value in
                let share = high > low ? (value - low) / (high - low) : 0.5
                let x = Self.left + Self.plotWidth * min(frame / longest, 1)
                return String(format: "%.1f,%.1f", x, Self.top + Self.plotHeight * (1 - share))
            }
            return "<polyline fill=\"none\" stroke-width=\"1.5\" stroke=\"\(Self.colour(index))\" "
                + "points=\"\(points.joined(separator: " "))\"/>"
        }
        let (right, bottom) = (Self.left + Self.plotWidth, Self.top + Self.plotHeight)
        return heading
            + "<text x=\"\(Int(right))\" y=\"\(Int(Self.top) - 10)\" text-anchor=\"end\">"
            + "\(MetricFigure.text(low)) to \(MetricFigure.text(high))</text>"
            + "<rect x=\"\(Int(Self.left))\" y=\"\(Int(Self.top))\" width=\"\(Int(Self.plotWidth))\" "
            + "height=\"\(Int(Self.plotHeight))\" fill=\"none\" stroke=\"#ccc\"/>"
            // Shorter videos are on top, as they may be the beginnings of longer ones.
            + drawn.reversed().joined()
            + "<text x=\"\(Int(Self.left))\" y=\"\(Int(bottom) + 15)\">frame 0</text>"
            + "<text x=\"\(Int(right))\" y=\"\(Int(bottom) + 15)\" text-anchor=\"end\">"
            + "\(Int(longest))</text>"
    }

    /// Middle frame and mean of neighbouring values; moments without a value are passed over.
    private static func points(_ values: [Double?]) -> [(frame: Double, value: Double)] {
        let step = max(1, (values.count + pointLimit - 1) / pointLimit)
        return stride(from: 0, to: values.count, by: step).compactMap { start in
            let end = min(start + step, values.count)
            return values[start..<end].compactMap(\.self).mean.map {
                (Double((start + end) * StudyCurve.framesPerValue) / 2, $0)
            }
        }
    }
}
