import Foundations
/// Structural similarity to a reference video: mean over frames of the mean SSIM of the luminance.
///
/// Source: Wang, Bovik, Sheikh, Simoncelli, Image Quality Assessment: From Error Visibility to Structural Similarity,
/// 2004.
struct SSIMMetric: VideoMetric {
    static let kind = MetricKind(name: "ssim", summary: "likeness to the reference") { context in
        try context.requireReference(for: "ssim", smallestSide: StructuralSimilarity.window)
        return SSIMMetric()
    }

    private var values: [Double] = []

    mutating func append(_ frame: ObservedFrame) {
        if let reference = frame.reference {
            values.append(StructuralSimilarity.mean(frame.picture, reference))
        }
    }

    mutating func finish() -> MetricResult {
        let ssim = MetricFigure(
            "ssim", unit: "−1…1",
            .of(frames: values.count, needing: 1) { .value(values.mean ?? 0) },
            meaning: "How well the structure of the reference is kept; 1 is identical.")
        return MetricResult(
            Self.kind.name,
            settings: ["window": "gaussian 11×11, sigma 1.5", "plane": "BT.601 luminance"],
            figures: [ssim], curves: [MetricCurve("ssim", unit: "−1…1", values)])
    }
}
