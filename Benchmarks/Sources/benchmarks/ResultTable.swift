import Foundation

/// What was measured of a case, and whether that passes.
struct BenchmarkResult: Encodable {
    /// Size and layer.
    let name: String
    /// Time of one evaluation.
    let milliseconds: Double
    /// The layer's speed in multiples of the reference's.
    let ratio: Double
    /// The smallest ratio that passes.
    let threshold: Double
    /// Whether the ratio passes.
    let isOK: Bool

    /// A result without a threshold passes nowhere: `requireAll` comes first.
    init(_ name: String, _ comparison: Comparison, threshold: Double?) {
        self.name = name
        milliseconds = comparison.seconds * 1000
        ratio = comparison.ratio
        self.threshold = threshold ?? .infinity
        isOK = comparison.ratio >= self.threshold
    }

    private enum CodingKeys: String, CodingKey {
        case name, milliseconds, ratio, threshold
        case isOK = "ok"
    }
}

/// Results as aligned lines, or as JSON.
struct ResultTable {
    private let nameWidth: Int

    /// A table whose first column is wide enough for all `names`.
    init(names: [String]) {
        nameWidth = names.map(\.count).max() ?? 0
    }

    /// The names of the columns.
    var header: String { line("case", ["ms", "ratio", "threshold"], "ok") }

    /// One result.
    func row(_ result: BenchmarkResult) -> String {
        let numbers = [result.milliseconds, result.ratio, result.threshold]
        return line(
            result.name, numbers.map { String(format: "%.3f", $0) }, result.isOK ? "yes" : "NO")
    }

    /// All results as an array of objects.
    static func json(_ results: [BenchmarkResult]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(results), as: UTF8.self)
    }

    private func line(_ name: String, _ numbers: [String], _ verdict: String) -> String {
        let cells = numbers.map { String(repeating: " ", count: max(0, 10 - $0.count)) + $0 }
        let padding = String(repeating: " ", count: max(0, nameWidth - name.count))
        return name + padding + cells.joined() + "  " + verdict
    }
}
