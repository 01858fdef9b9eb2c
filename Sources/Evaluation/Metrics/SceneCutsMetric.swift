/// SCuts: abrupt changes of the scene.
///
/// Source: Henschel et al., StreamingT2V, section "Evaluation"; see ``SceneCutDetector``.
struct SceneCutsMetric: VideoMetric {
    static let kind = MetricKind(name: "cuts", summary: "scene cuts (SCuts)") {
        SceneCutsMetric(version: $0.cutsVersion)
    }

    private let version: SceneCutDetector.Version
    private var detector: SceneCutDetector

    init(version: SceneCutDetector.Version = .v0_6_3) {
        self.version = version
        detector = SceneCutDetector(version: version)
    }

    mutating func append(_ frame: ObservedFrame) {
        detector.append(frame.picture)
    }

    mutating func finish() -> MetricResult {
        let report = detector.finish()
        let cuts = MetricFigure(
            "cuts", unit: "cuts",
            .of(frames: report.frameCount, needing: 1) { .value(Double(report.cuts.count)) },
            meaning: "How often the scene changes abruptly; a continuous video has none.")
        // The first frame has nothing to differ from, and the score of the detector is 0 there.
        let scores = report.contentValues.enumerated().map { $0 == 0 ? nil : $1 }
        return MetricResult(
            Self.kind.name,
            settings: ["detector": "PySceneDetect \(version.rawValue) AdaptiveDetector"],
            figures: [cuts], curves: [MetricCurve("content_change", unit: "levels", scores)],
            marks: report.cuts)
    }
}
