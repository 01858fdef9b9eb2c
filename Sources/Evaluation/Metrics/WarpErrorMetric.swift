/// The motion-aware warp error in both readings, with its flow; see ``MotionAwareWarpError``.
struct WarpErrorMetric: VideoMetric {
    static let kind = MetricKind(
        name: "mawe", summary: "warp error by motion (MAWE)", isDefault: false
    ) { WarpErrorMetric(estimator: try $0.models.opticalFlow()) }

    private var meter: MotionAwareWarpError

    init(estimator: any OpticalFlowEstimator) {
        meter = MotionAwareWarpError(estimator: estimator)
    }

    mutating func append(_ frame: ObservedFrame) throws { try meter.append(frame.picture) }

    mutating func finish() -> MetricResult {
        let report = meter.finish()
        func figure(
            _ name: String, _ unit: String, _ measurement: MetricFigure.Measurement,
            _ meaning: String
        ) -> MetricFigure {
            MetricFigure(name, unit: unit, measurement, meaning: meaning)
        }
        func spread(_ value: Double?) -> MetricFigure.Measurement {
            .of(frames: report.frameCount, needing: 2) { .value(value ?? 0) }
        }
        let none: [Double?] = report.frameCount > 0 ? [nil] : []
        return MetricResult(
            Self.kind.name,
            settings: [
                "flow": report.estimator, "frame_size": "\(report.frameSize)",
                "coefficient": "\(report.coefficient)",
            ],
            figures: [
                figure(
                    "mawe_script", "levels²/px", Self.measurement(report.maweScript),
                    "Warp error by the length of the motion, as the published script computes it; "
                        + "lower is better."),
                figure(
                    "mawe_paper", "levels²/px²", Self.measurement(report.mawePaper),
                    "Warp error by the squared length of the motion, as the paper defines it; lower "
                        + "is better. Not on the scale of mawe_script."),
                figure(
                    "flow_deviation_time", "px", spread(report.flowDeviationOverTime),
                    "How unevenly the video moves from frame to frame."),
                figure(
                    "flow_deviation_space", "px", spread(report.flowDeviationOverSpace),
                    "How unevenly the parts of a frame move."),
            ],
            curves: [
                MetricCurve(
                    "flow", unit: "px", none + report.pairs.map { $0.meanMagnitude }),
                MetricCurve(
                    "warp_error", unit: "levels²", none + report.pairs.map { $0.splatError }),
                MetricCurve(
                    "mawe_script", unit: "levels²/px",
                    none
                        + report.pairs.map { pair in
                            let motion = report.coefficient * pair.meanMagnitude
                            return motion > 0 ? pair.splatError / motion : nil
                        }),
            ])
    }

    private static func measurement(_ score: WarpErrorScore?) -> MetricFigure.Measurement {
        switch score {
        case .value(let value): .value(value)
        case .undefined(let reason): .undefined(reason.rawValue)
        case nil: .undefined("it was not asked for")
        }
    }
}
