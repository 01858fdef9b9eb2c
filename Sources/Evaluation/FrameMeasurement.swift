import VideoIO

/// Metrics at work on one video, whose frames are handed over one by one.
struct FrameMeasurement {
    /// Metrics that were not asked for by name, and lack something.
    private(set) var skipped: [VideoResult.Skipped] = []
    /// Frames up to now.
    private(set) var frameCount = 0

    private var metrics: [any VideoMetric] = []
    private var previous: RGBFrame?

    /// Makes the metrics of one video.
    ///
    /// - Parameter kinds: the metrics; `nil` for all that the circumstances allow.
    /// - Throws: `EvaluationError` if something is missing that a metric needs.
    init(kinds: [MetricKind]?, context: MetricContext) throws {
        for kind in kinds ?? MetricKind.all.filter(\.isDefault) {
            do {
                metrics.append(try kind.make(context))
            } catch EvaluationError.missing(let metric, let need, let remedy) where kinds == nil {
                skipped.append(.init(metric: metric, reason: "needs \(need). \(remedy)"))
            }
        }
    }

    /// Measures the next frame, against the one of the reference if there is one.
    mutating func append(
        _ picture: RGBFrame, reference: RGBFrame? = nil
    ) throws -> ObservedFrame {
        let frame = ObservedFrame(
            index: frameCount, picture: picture, previous: previous, reference: reference)
        for index in metrics.indices { try metrics[index].append(frame) }
        previous = picture
        frameCount += 1
        return frame
    }

    /// What was measured; called once, after the last frame.
    mutating func finish() throws -> [MetricResult] {
        var results: [MetricResult] = []
        for index in metrics.indices { results.append(try metrics[index].finish()) }
        return results
    }
}
