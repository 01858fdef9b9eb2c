/// What was measured of one video.
public struct VideoResult: Codable, Sendable, Hashable {
    /// A metric that was not measured, and why.
    public struct Skipped: Codable, Sendable, Hashable {
        /// The metric's name.
        public let metric: String
        /// What it lacks, and how to give it.
        public let reason: String
    }

    /// The video as the caller named it.
    public let video: String
    /// Frames that were measured.
    public let frames: Int
    /// Columns, in pixels.
    public let width: Int
    /// Rows, in pixels.
    public let height: Int
    /// What the video should show, if that was known.
    public let prompt: String?
    /// The manifest that was read, if there was one.
    public let manifest: String?
    /// The video that it was compared with, if there was one.
    public let reference: String?
    /// Results, in the order of ``MetricKind/all``.
    public let metrics: [MetricResult]
    /// Metrics that are measured without being asked for, but could not be.
    public let skipped: [Skipped]

    /// All figures of all metrics.
    public var figures: [MetricFigure] { metrics.flatMap(\.figures) }

    /// Writes what is not known as null.
    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(video, forKey: .video)
        try box.encode(frames, forKey: .frames)
        try box.encode(width, forKey: .width)
        try box.encode(height, forKey: .height)
        try box.encode(prompt, forKey: .prompt)
        try box.encode(manifest, forKey: .manifest)
        try box.encode(reference, forKey: .reference)
        try box.encode(metrics, forKey: .metrics)
        try box.encode(skipped, forKey: .skipped)
    }
}

/// What `evaluate` writes: the results of some videos.
public struct EvaluationReport: Codable, Sendable, Hashable {
    /// This form of the file.
    public static let currentFormat = "streamingt2v-evaluation-1"

    /// The form of the file; ``currentFormat``.
    public let format: String
    /// The version of the program that measured.
    public let version: String
    /// One entry per video.
    public let videos: [VideoResult]

    /// Gathers results.
    public init(version: String, videos: [VideoResult]) {
        format = Self.currentFormat
        self.version = version
        self.videos = videos
    }
}
