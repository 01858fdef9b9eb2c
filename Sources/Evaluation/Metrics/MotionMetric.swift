/// How much the picture changes from frame to frame, and whether that lasts.
///
/// The mean absolute difference of consecutive frames, over all pixels and colours.
struct MotionMetric: VideoMetric {
    static let kind = MetricKind(name: "motion", summary: "how much moves") { _ in MotionMetric() }

    private var changes: [Double?] = []

    mutating func append(_ frame: ObservedFrame) {
        changes.append(frame.change)
    }

    mutating func finish() -> MetricResult {
        let steps = changes.compactMap(\.self)
        let window = TimeWindow(frames: steps.count)
        let amplitude = MetricFigure(
            "motion", unit: "levels",
            .of(frames: changes.count, needing: 2) { .value(steps.mean ?? 0) },
            meaning:
                "Mean change of a colour value from one frame to the next, of 255; 0 is a still "
                + "picture.")
        let lasting = MetricFigure(
            "motion_kept", unit: "×",
            .of(frames: changes.count, needing: 3) {
                guard let start = window.start(of: steps), let end = window.end(of: steps),
                    start > 0
                else { return .undefined("nothing moves at the start") }
                return .value(end / start)
            },
            meaning: "Motion at the end of the video by motion at its start; near 0, the video has "
                + "come to a halt.")
        return MetricResult(
            Self.kind.name, settings: ["window_frames": "\(window.length)"],
            figures: [amplitude, lasting],
            curves: [MetricCurve("change", unit: "levels", changes)])
    }
}
