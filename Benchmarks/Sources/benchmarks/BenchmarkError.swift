/// Why a run of the benchmarks failed.
enum BenchmarkError: Error, CustomStringConvertible {
    /// `--filter` leaves nothing to measure.
    case noCase(filter: String, names: [String])
    /// The file of thresholds cannot be read or written.
    case file(path: String, message: String)
    /// These have no threshold yet.
    case missingThresholds([String], path: String)
    /// These were slower than their thresholds allow.
    case belowThreshold([String])

    /// One line with what is wrong and the way out.
    var description: String {
        switch self {
        case .noCase(let filter, let names):
            "no benchmark has \"\(filter)\" in its name. There are: "
                + names.joined(separator: ", ")
        case .file(let path, let message):
            "\(path) \(message)"
        case .missingThresholds(let names, let path):
            "\(path) has no threshold for \(names.joined(separator: ", ")). "
                + "Use --record to store one."
        case .belowThreshold(let names):
            "slower than the threshold: \(names.joined(separator: ", "))"
        }
    }
}
