/// How far the look of a video wanders off: the last frames against the first ones.
///
/// Luminance, contrast, saturation and fine detail of every frame, and how different its colours are from those of the
/// first frame; means over windows of 16 frames at both ends, of a short video one half each.
struct DriftMetric: VideoMetric {
    static let kind = MetricKind(name: "drift", summary: "look at the end against the start") { _ in
        DriftMetric()
    }

    private var anchor: FrameStatistics?
    private var luminance: [Double] = []
    private var contrast: [Double] = []
    private var saturation: [Double] = []
    private var distance: [Double] = []
    private var fineEnergy: [Double] = []

    mutating func append(_ frame: ObservedFrame) {
        let statistics = FrameStatistics(frame.picture)
        let anchor = anchor ?? statistics
        self.anchor = anchor
        luminance.append(statistics.luminance)
        contrast.append(statistics.contrast)
        saturation.append(statistics.saturation)
        distance.append(100 * statistics.colourDistance(to: anchor))
        if let energy = statistics.fineEnergy { fineEnergy.append(energy) }
    }

    mutating func finish() -> MetricResult {
        let window = TimeWindow(frames: luminance.count)
        func difference(_ values: [Double]) -> MetricFigure.Measurement {
            .of(frames: values.count, needing: 2) {
                .value((window.end(of: values) ?? 0) - (window.start(of: values) ?? 0))
            }
        }
        let detail = MetricFigure.Measurement.of(frames: luminance.count, needing: 2) {
            guard !fineEnergy.isEmpty else {
                return .undefined("needs frames of at least 3×3 pixels")
            }
            guard let start = window.start(of: fineEnergy), let end = window.end(of: fineEnergy),
                start > 0
            else { return .undefined("the first frames have no detail") }
            return .value(end / start)
        }
        return MetricResult(
            Self.kind.name, settings: ["window_frames": "\(window.length)"],
            figures: [
                MetricFigure(
                    "drift_luminance", unit: "levels", difference(luminance),
                    meaning: "Mean brightness at the end less that at the start, of 255; 0 is none."
                ),
                MetricFigure(
                    "drift_contrast", unit: "levels", difference(contrast),
                    meaning: "Spread of the brightness at the end less that at the start."),
                MetricFigure(
                    "drift_saturation", unit: "points", difference(saturation),
                    meaning: "Mean saturation at the end less that at the start, of 100; above 0, "
                        + "colours have become stronger."),
                MetricFigure(
                    "drift_colours", unit: "points", difference(distance),
                    meaning:
                        "Share of pixels with other colours than in the first frame, at the end "
                        + "less at the start, of 100."),
                MetricFigure(
                    "drift_detail", unit: "×", detail,
                    meaning:
                        "Fine detail at the end by that at the start; below 1 the video blurs, "
                        + "above 1 it grows grainy."),
            ],
            curves: [
                MetricCurve("luminance", unit: "levels", luminance),
                MetricCurve("contrast", unit: "levels", contrast),
                MetricCurve("saturation", unit: "%", saturation),
                MetricCurve("colour_distance", unit: "%", distance),
                MetricCurve(
                    "fine_detail", unit: "levels²",
                    fineEnergy.isEmpty ? luminance.map { _ in nil } : fineEnergy),
            ])
    }
}
