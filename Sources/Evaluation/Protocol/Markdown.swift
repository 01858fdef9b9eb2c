import Foundation
import Foundations

/// Parts of a Markdown page.
enum Markdown {
    /// A table of plain text; columns that are not in `texts` are aligned to the right.
    ///
    /// - Parameter boldRows: rows whose first cell is set in bold.
    static func table(
        _ head: [String], _ rows: [[String]], texts: Set<Int> = [0], boldRows: Set<Int> = []
    ) -> String {
        let rule = head.indices.map { texts.contains($0) ? "---" : "---:" }
        let body = rows.enumerated().map { index, row in
            var cells = row.map(\.escapedForMarkdown)
            if boldRows.contains(index) { cells[0] = "**\(cells[0])**" }
            return cells
        }
        return ([head.map(\.escapedForMarkdown), rule] + body).map { cells in
            "| " + cells.joined(separator: " | ") + " |"
        }.joined(separator: "\n")
    }

    /// A number as it was published: `6069.7`, `0`.
    static func exact(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? "\(value)"
    }

    /// A number with so many decimals.
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        String(format: "%.\(decimals)f", value)
    }
}
