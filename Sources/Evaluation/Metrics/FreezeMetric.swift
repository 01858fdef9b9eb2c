/// The share of consecutive frames that do not move.
///
/// A pair stands still if it differs by at most 0.1 % of the range: the rule and default (−60 dB) of ffmpeg's filter
/// `freezedetect`, here on RGB.
struct FreezeMetric: VideoMetric {
    static let kind = MetricKind(name: "freeze", summary: "frames that stand still") { _ in
        FreezeMetric()
    }

    /// The largest mean absolute difference that counts as no motion, of 255.
    static let threshold = 0.255

    private var frameCount = 0
    private var frozen = 0
    private var run = 0
    private var longest = 0

    mutating func append(_ frame: ObservedFrame) {
        frameCount += 1
        guard let change = frame.change else { return }
        run = change <= Self.threshold ? run + 1 : 0
        longest = max(longest, run)
        if run > 0 { frozen += 1 }
    }

    mutating func finish() -> MetricResult {
        let share = MetricFigure(
            "freeze", unit: "%",
            .of(frames: frameCount, needing: 2) {
                .value(100 * Double(frozen) / Double(frameCount - 1))
            },
            meaning: "Share of frames that are the same as the one before; 100 is a still picture.")
        let run = MetricFigure(
            "freeze_longest", unit: "frames",
            .of(frames: frameCount, needing: 2) { .value(Double(longest)) },
            meaning: "The longest stretch in which no frame differs from the one before.")
        return MetricResult(
            Self.kind.name, settings: ["threshold_levels": "\(Self.threshold)"],
            figures: [share, run])
    }
}
