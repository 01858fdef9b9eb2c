/// A metric that can be asked for by its name.
public struct MetricKind: Sendable {
    /// The name, as in `--metrics`.
    public let name: String
    /// What is measured, in a few words.
    public let summary: String
    /// Whether it is measured without being asked for, where its needs are met.
    public let isDefault: Bool
    /// Makes the metric for one video.
    ///
    /// Throws `EvaluationError.missing` if the video's circumstances lack what the metric needs.
    let make: @Sendable (MetricContext) throws -> any VideoMetric

    init(
        name: String, summary: String, isDefault: Bool = true,
        make: @escaping @Sendable (MetricContext) throws -> any VideoMetric
    ) {
        self.name = name
        self.summary = summary
        self.isDefault = isDefault
        self.make = make
    }

    /// All metrics, in the order in which results list them.
    public static let all: [MetricKind] = [
        SceneCutsMetric.kind, FlickerMetric.kind, ChunkBorderMetric.kind, FreezeMetric.kind,
        MotionMetric.kind, DriftMetric.kind, RepetitionMetric.kind, PSNRMetric.kind,
        SSIMMetric.kind, CLIPScoreMetric.kind, WarpErrorMetric.kind, JourneysTruthMetric.kind,
    ]

    /// The metrics with these names, in the order of ``all``.
    ///
    /// - Throws: `EvaluationError.unknownMetrics`.
    public static func named(_ names: [String]) throws(EvaluationError) -> [MetricKind] {
        let unknown = names.filter { name in !all.contains { $0.name == name } }
        guard unknown.isEmpty, !names.isEmpty else {
            throw .unknownMetrics(unknown, known: all.map(\.name))
        }
        return all.filter { names.contains($0.name) }
    }
}
