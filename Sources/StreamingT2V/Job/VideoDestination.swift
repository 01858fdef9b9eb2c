public import VideoIO

/// Where a video goes.
public struct VideoDestination: Sendable {
    /// The file, or the folder for PNG frames.
    public let path: String
    /// Whether an existing video may be replaced.
    public let overwrite: Bool
    /// Frames per second; `nil` is the footage's rate, or else the model's.
    public var rate: FrameRate?

    /// A place for a video.
    public init(_ path: String, overwrite: Bool = false, rate: FrameRate? = nil) {
        (self.path, self.overwrite, self.rate) = (path, overwrite, rate)
    }

    /// Where the video lies before it is enhanced: `car.preview.mp4`, `frames.preview/`.
    public var previewPath: String {
        let trimmed = path.withoutTrailingSlashes
        guard trimmed == path, let dot = trimmed.lastIndex(of: "."),
            VideoOutput.knownExtensions.contains(trimmed[dot...].lowercased())
        else { return trimmed + ".preview/" }
        return trimmed[..<dot] + ".preview" + trimmed[dot...]
    }
}
