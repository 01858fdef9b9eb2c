import Foundation

/// Parts of a Markdown page.
enum Markdown {
    /// A table; columns that are not in `texts` are aligned to the right.
    static func table(_ head: [String], _ rows: [[String]], texts: Set<Int> = [0]) -> String {
        let rule = head.indices.map { texts.contains($0) ? "---" : "---:" }
        return ([head, rule] + rows).map { cells in
            "| " + cells.map(escape).joined(separator: " | ") + " |"
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

    private static func escape(_ cell: String) -> String {
        cell.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}
