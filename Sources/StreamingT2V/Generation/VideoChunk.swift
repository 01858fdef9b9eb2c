public import VideoIO

/// Frames that are final, in the order of the video.
public struct VideoChunk: Sendable {
    /// Number of the chunk, from 0; footage comes as parts of chunk 0.
    public let index: Int
    /// How often the chunk had been made before; the seed is the request's plus this.
    public let attempt: Int
    /// Number of the first frame in the video.
    public let firstFrame: Int
    /// The new frames: 16 of the first chunk, 8 of each further one, fewer at the end.
    public let frames: [RGBFrame]
    /// Seconds of denoising.
    public let denoisingSeconds: Double
    /// Seconds of decoding.
    public let decodingSeconds: Double
    /// Seconds of reading weights for it, where not all of them stay in memory.
    public internal(set) var loadingSeconds = 0.0
    /// When its first denoising step began; `nil` for footage.
    var began: ContinuousClock.Instant?
}

/// Where a generation stands.
public struct GenerationProgress: Sendable, Hashable {
    /// Number of the chunk in work, from 0.
    public let chunk: Int
    /// Numbers of the frames that it adds.
    public let frames: Range<Int>
    /// How often this chunk has been made before.
    public let attempt: Int
    /// Chunks in all, or `nil` for an endless video.
    public let chunks: Int?
    /// Denoising steps done in this chunk.
    public let step: Int
    /// Denoising steps of this chunk.
    public let steps: Int
}

/// What a reviewer says of a chunk before it becomes part of the video.
public enum ChunkVerdict: Sendable, Hashable {
    /// The chunk is good.
    case accept
    /// Make it again with the next seed.
    case retry
    /// An earlier attempt, counted from 0, is to be part of the video.
    case take(attempt: Int)
    /// The video ends before this chunk.
    case stop
}

/// Looks at each attempt at a chunk, on the generator's thread; says ``ChunkVerdict/retry`` a bounded number of times.
public typealias ChunkReview = @Sendable (VideoChunk) -> ChunkVerdict
