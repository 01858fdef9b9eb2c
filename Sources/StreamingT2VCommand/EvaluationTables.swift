import Evaluation
import Foundation
import Foundations

extension VideoResult {
    /// The result for the terminal: one row per figure.
    var table: [String] {
        var rows = metrics.flatMap { metric in
            metric.figures.map { figure in
                [
                    figure.name, MetricFigure.text(figure.value),
                    figure.reason.map { "not defined: \($0)" } ?? figure.unit,
                ]
            }
        }
        rows += skipped.map { [$0.metric, "–", "left out: \($0.reason)"] }
        let clip = metrics.compactMap { $0.settings["model"] }.first
        var head = "\(video): \(frames) frames, \(width)×\(height)"
        if let prompt { head += ", \"\(prompt)\"" }
        if let clip { head += ", CLIP of \(clip)" }
        return [head] + Columns.aligned(rows, numbers: [1])
    }
}

extension ResultComparison {
    /// The comparison for the terminal: one row per figure.
    var table: [String] {
        let rows = figures.map { figure in
            let interval =
                figure.low.flatMap { low in
                    figure.high.map { "\(MetricFigure.text(low)) … \(MetricFigure.text($0))" }
                } ?? "–"
            return [
                figure.name, MetricFigure.text(figure.firstMean),
                MetricFigure.text(figure.secondMean), MetricFigure.text(figure.difference),
                interval,
                "\(figure.pairs)", figure.reason ?? figure.unit,
            ]
        }
        let head = ["", "A", "B", "B − A", "95 % interval", "pairs", "unit"]
        return ["A \(first)", "B \(second)"]
            + Columns.aligned([head] + rows, numbers: [1, 2, 3, 4, 5])
    }
}

/// Text in columns.
enum Columns {
    /// Rows of equal length as lines; the columns in `numbers` are aligned to the right.
    static func aligned(_ rows: [[String]], numbers: Set<Int>) -> [String] {
        let rows = rows.map { $0.map(\.visible) }
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                if numbers.contains(column) { return space + cell }
                return column == count - 1 ? cell : cell + space
            }.joined(separator: "  ")
        }
    }
}
