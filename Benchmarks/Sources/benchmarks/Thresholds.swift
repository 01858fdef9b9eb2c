import Foundation

/// The smallest ratios that pass, by the names of the cases, as stored in `Benchmarks/thresholds.json`.
struct Thresholds {
    private var ratios: [String: Double] = [:]

    /// Share of a measured ratio that becomes the threshold: what varies from run to run passes, a lost optimisation does not.
    private static let share = 0.6

    /// In the package's folder, wherever the program is started.
    private static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../thresholds.json").standardizedFileURL
    private static var path: String { file.path(percentEncoded: false) }

    /// The threshold of a case, if it has one.
    subscript(name: String) -> Double? { ratios[name] }

    /// Reads the file; without one there are no thresholds.
    static func stored() throws(BenchmarkError) -> Thresholds {
        var thresholds = Thresholds()
        guard FileManager.default.fileExists(atPath: path) else { return thresholds }
        do {
            thresholds.ratios = try JSONDecoder().decode(
                [String: Double].self, from: Data(contentsOf: file))
        } catch {
            throw .file(path: path, message: "cannot be read: \(error)")
        }
        return thresholds
    }

    /// Throws unless all these cases have a threshold.
    func requireAll(_ names: [String]) throws(BenchmarkError) {
        let missing = names.filter { ratios[$0] == nil }
        guard missing.isEmpty else { throw .missingThresholds(missing, path: Self.path) }
    }

    /// Makes a new threshold from a measured ratio.
    mutating func record(_ ratio: Double, for name: String) {
        ratios[name] = (Self.share * ratio * 1000).rounded() / 1000
    }

    /// Writes the file.
    func store() throws(BenchmarkError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            try (encoder.encode(ratios) + Data("\n".utf8)).write(to: Self.file, options: .atomic)
        } catch {
            throw .file(path: Self.path, message: "cannot be written: \(error)")
        }
    }
}
