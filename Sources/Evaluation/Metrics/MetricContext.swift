public import VideoIO

/// The circumstances of one video that is measured.
public struct MetricContext {
    /// The video's own description.
    public var info: VideoInfo
    /// What the video should show, if that is known.
    public var prompt: String?
    /// Whether a prompt that is too long for a network is cut.
    public var truncatesPrompt = false
    /// Where chunks meet.
    public var borders = ChunkBorders.standard
    /// The description of the video to compare with, if there is one.
    public var reference: VideoInfo?
    /// Whose scene cuts are found.
    public var cutsVersion = SceneCutDetector.Version.v0_6_3

    /// The networks that some metrics need.
    public let models: EvaluationModels

    /// The circumstances of a video of which nothing else is known.
    public init(info: VideoInfo, models: EvaluationModels) {
        self.info = info
        self.models = models
    }
}
