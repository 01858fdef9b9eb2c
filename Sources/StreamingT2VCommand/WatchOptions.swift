import ArgumentParser
import Evaluation
import Foundations
import StreamingT2V

/// Options of watching a video while it is generated.
struct WatchOptions: ParsableArguments {
    @Flag(help: "Measure each chunk while the video is made, and warn of those that drift.")
    var watch = false

    @Option(
        help: """
            What happens to a chunk that drifts: warn, stop (the video ends before it), or retry (it is made again with \
            the next seed). Switches --watch on.
            """)
    var onDrift: String?

    @Option(help: "How often a chunk is made again at most, with --on-drift retry.")
    var retries: Int?

    @Option(
        help: ArgumentHelp(
            "Limits that differ from the default, for example border=3,luminance=20.",
            valueName: "name=number,…"))
    var driftLimits: String?

    /// - Throws: `InvalidField` for options that do not fit.
    func reviewer() throws -> DriftReviewer? {
        let policy = try choice(onDrift, "on_drift", DriftPolicy.self) ?? .warn
        let isWatching = watch || onDrift != nil
        guard isWatching || driftLimits == nil else {
            throw InvalidField("drift_limits", "needs \(field: "watch") or \(field: "on_drift")")
        }
        guard retries == nil || policy == .retry else {
            throw InvalidField("retries", "needs \(field: "on_drift") retry")
        }
        let retries = retries ?? 2
        try InvalidField.require("retries", retries, in: 1...100)
        let limits = try driftLimits.map { try WatchLimits(parsing: $0) } ?? WatchLimits()
        guard isWatching else { return nil }
        return DriftReviewer(policy: policy, limits: limits, retries: retries)
    }
}
