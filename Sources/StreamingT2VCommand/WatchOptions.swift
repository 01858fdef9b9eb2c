import ArgumentParser
import Evaluation
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

    /// - Throws: `GenerationError` and `EvaluationError` for options that do not fit.
    func reviewer(
        report: @escaping @Sendable (VideoChunk, GenerationManifest.Review) -> Void
    ) throws -> DriftReviewer? {
        guard let policy = DriftPolicy(rawValue: onDrift ?? "warn") else {
            throw GenerationError.invalidOption(
                "--on-drift", "must be warn, stop or retry, not \(onDrift ?? "")")
        }
        let isWatching = watch || onDrift != nil
        guard isWatching || driftLimits == nil else {
            throw GenerationError.invalidOption("--drift-limits", "needs --watch or --on-drift")
        }
        guard retries == nil || policy == .retry else {
            throw GenerationError.invalidOption("--retries", "needs --on-drift retry")
        }
        let retries = retries ?? 2
        guard (1...100).contains(retries) else {
            throw GenerationError.invalidOption(
                "--retries", "must be from 1 to 100, not \(retries)")
        }
        let limits = try driftLimits.map { try WatchLimits(parsing: $0) } ?? WatchLimits()
        guard isWatching else { return nil }
        return DriftReviewer(policy: policy, limits: limits, retries: retries, report: report)
    }
}

extension DriftReviewer {
    /// What the manifest says about the watch.
    var settings: GenerationManifest.Watch {
        GenerationManifest.Watch(
            policy: policy.rawValue, retries: policy == .retry ? retries : 0, limits: limits.named)
    }
}
