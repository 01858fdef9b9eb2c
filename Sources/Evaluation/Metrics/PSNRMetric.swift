import Foundations
import Foundation

/// Peak signal-to-noise ratio against a reference video: 10 · log₁₀(255² / mean squared error), in dB.
///
/// The error of the whole video is the mean over all frames, pixels and colours.
struct PSNRMetric: VideoMetric {
    static let kind = MetricKind(name: "psnr", summary: "error against the reference") { context in
        try context.requireReference(for: "psnr", smallestSide: 1)
        return PSNRMetric()
    }

    private var errors: [Double] = []

    mutating func append(_ frame: ObservedFrame) {
        if let reference = frame.reference {
            errors.append(frame.picture.meanSquaredDifference(to: reference))
        }
    }

    mutating func finish() -> MetricResult {
        let psnr = MetricFigure(
            "psnr", unit: "dB",
            .of(frames: errors.count, needing: 1) {
                Self.decibels(errors.mean ?? 0).map { .value($0) }
                    ?? .undefined("the videos are identical")
            },
            meaning:
                "How exactly the pixels of the reference are met; higher is better, 40 is hard "
                + "to tell apart.")
        return MetricResult(
            Self.kind.name, figures: [psnr],
            curves: [MetricCurve("psnr", unit: "dB", errors.map(Self.decibels))])
    }

    /// `nil` without an error, where the ratio is infinite.
    private static func decibels(_ error: Double) -> Double? {
        error > 0 ? 10 * log10(255 * 255 / error) : nil
    }
}

extension MetricContext {
    /// Throws unless there is a reference and frames are large enough.
    func requireReference(
        for metric: String, smallestSide side: Int
    ) throws(EvaluationError) {
        guard reference != nil else {
            throw .missing(
                metric: metric, need: "a video to compare with",
                remedy: "Name it with \(field: "reference")."
            )
        }
        guard min(info.width, info.height) >= side else {
            throw .missing(
                metric: metric, need: "frames of at least \(side)×\(side) pixels",
                remedy: "Omit \(metric) from \(field: "metrics").")
        }
    }
}
