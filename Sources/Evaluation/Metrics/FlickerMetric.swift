/// How calm the picture is from frame to frame: (255 − mean absolute difference of consecutive frames) / 255.
///
/// Source: Huang et al., VBench: Comprehensive Benchmark Suite for Video Generative Models, "Temporal Flickering"; the
/// formula of its program (`temporal_flickering.py`), which is meant for videos of still scenes.
struct FlickerMetric: VideoMetric {
    static let kind = MetricKind(name: "flicker", summary: "temporal flickering (VBench)") { _ in
        FlickerMetric()
    }

    private var frameCount = 0
    private var total = 0.0

    mutating func append(_ frame: ObservedFrame) {
        frameCount += 1
        total += frame.change ?? 0
    }

    mutating func finish() -> MetricResult {
        let flicker = MetricFigure(
            "flicker", unit: "0…1",
            .of(frames: frameCount, needing: 2) {
                .value((255 - total / Double(frameCount - 1)) / 255)
            },
            meaning: "VBench's temporal flickering: 1 is a still picture. Motion lowers it too, so "
                + "compare videos that move alike.")
        return MetricResult(Self.kind.name, figures: [flicker])
    }
}
