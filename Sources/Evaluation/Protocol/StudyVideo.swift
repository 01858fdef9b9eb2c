import StreamingT2V

/// What a study measured of one video.
public struct StudyVideo: Codable, Sendable, Hashable {
    /// The video.
    public let task: StudyTask
    /// What its numbers depend on.
    public let settings: StudySettings
    /// All figures of all metrics.
    public let figures: [MetricFigure]
    /// What the figures depend on, by metric.
    public let details: [String: [String: String]]
    /// Metrics that could not be measured.
    public let skipped: [VideoResult.Skipped]
    /// Numbers over time, with the cost of each frame and the memory.
    public let curves: [StudyCurve]
    /// Seconds of denoising.
    public let denoisingSeconds: Double
    /// Seconds of decoding.
    public let decodingSeconds: Double
    /// Seconds of measuring.
    public let measuringSeconds: Double
    /// The most memory that the process had resident after a chunk, in bytes; `nil` where the system does not tell.
    public let peakMemory: Int?

    enum CodingKeys: String, CodingKey {
        case task, settings, figures, details, skipped, curves
        case denoisingSeconds = "denoising_seconds"
        case decodingSeconds = "decoding_seconds"
        case measuringSeconds = "measuring_seconds"
        case peakMemory = "peak_memory"
    }

    /// Whether the numbers, which may be read from a file, are in the ranges of a measurement.
    var isPlausible: Bool {
        let seconds = [denoisingSeconds, decodingSeconds, measuringSeconds]
        return (1...GenerationRequest.frameLimit).contains(task.frames) && task.index >= 0
            && task.index < Int(Int32.max) && seconds.allSatisfy { (0...1e12).contains($0) }
            && (peakMemory ?? 0) >= 0
            && curves.allSatisfy { curve in
                curve.values.allSatisfy { abs($0 ?? 0) <= MetricFigure.largest }
            }
    }

    /// Seconds per frame, denoising and decoding.
    public var secondsPerFrame: Double {
        (denoisingSeconds + decodingSeconds) / Double(task.frames)
    }
}
