/// What a video says about itself.
public struct VideoInfo: Sendable, Hashable {
    /// Columns as shown, in pixels.
    public let width: Int
    /// Rows as shown, in pixels.
    public let height: Int
    /// The average rate, unless the input records none, as a folder of PNG frames.
    public let framesPerSecond: FrameRate?
    /// How many frames the container claims to hold, if it claims anything.
    ///
    /// Fragmented MP4 and WebM do not; see ``VideoReader/countFrames()``.
    public let frameCount: Int?
    /// Length in seconds, where it is known.
    public let duration: Double?

    /// Describes a video.
    public init(
        width: Int, height: Int, framesPerSecond: FrameRate?, frameCount: Int?, duration: Double?
    ) {
        self.width = width
        self.height = height
        self.framesPerSecond = framesPerSecond
        self.frameCount = frameCount
        self.duration = duration
    }
}
