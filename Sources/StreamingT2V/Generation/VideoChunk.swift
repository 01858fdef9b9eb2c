public import VideoIO

/// Frames that are final, in the order of the video.
public struct VideoChunk: Sendable {
    /// Number of the chunk, from 0.
    public let index: Int
    /// Number of the first frame in the video.
    public let firstFrame: Int
    /// The new frames: 16 of the first chunk, 8 of each further one, fewer at the end.
    public let frames: [RGBFrame]
    /// Seconds of denoising.
    public let denoisingSeconds: Double
    /// Seconds of decoding.
    public let decodingSeconds: Double
}

/// Where a generation stands.
public struct GenerationProgress: Sendable, Hashable {
    /// Number of the chunk in work, from 0.
    public let chunk: Int
    /// Chunks in all, or `nil` for an endless video.
    public let chunks: Int?
    /// Denoising steps done in this chunk.
    public let step: Int
    /// Denoising steps of this chunk.
    public let steps: Int
}
