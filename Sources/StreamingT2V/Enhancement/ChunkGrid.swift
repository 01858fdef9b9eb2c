public import VideoModels

/// How a long video is cut into chunks that overlap.
///
/// Source: Henschel et al., StreamingT2V, section "Auto-regressive Video Enhancement"; the release's `--chunk` and
/// `--overlap`.
public struct ChunkGrid: Sendable, Hashable {
    /// What happens to frames behind the last whole chunk.
    public enum Tail: String, Codable, Sendable, CaseIterable {
        /// One more chunk covers them; its missing frames repeat the last one and are taken away afterwards.
        case padded
        /// They are left out, as in the release.
        case dropped
    }

    /// The release's chunk, in frames.
    public static let releaseLength = 24
    /// The release's overlap, in frames.
    public static let releaseOverlap = 8

    /// Frames of a chunk.
    public let chunkLength: Int
    /// Frames that neighbouring chunks share.
    public let overlap: Int

    /// A grid; the release's, unless told otherwise.
    ///
    /// - Throws: `ConfigurationError.invalid` unless 0 ≤ overlap < chunk length.
    public init(
        chunkLength: Int = releaseLength, overlap: Int = releaseOverlap
    ) throws(ConfigurationError) {
        guard (1...100_000).contains(chunkLength) else {
            throw .invalid(
                field: "chunk_length", rule: "must be from 1 to 100000 frames, not \(chunkLength)")
        }
        guard (0..<chunkLength).contains(overlap) else {
            throw .invalid(
                field: "overlap",
                rule: "must be from 0 to \(chunkLength - 1) frames, not \(overlap)")
        }
        self.chunkLength = chunkLength
        self.overlap = overlap
    }

    /// Frames from the beginning of one chunk to that of the next.
    public var stride: Int { chunkLength - overlap }

    /// How many chunks on each side share frames with a chunk.
    public var reach: Int { (chunkLength + stride - 1) / stride - 1 }

    /// Frames of a chunk, counted over the whole video.
    public func frames(ofChunk chunk: Int) -> Range<Int> {
        chunk * stride..<chunk * stride + chunkLength
    }

    /// Number of chunks for a video of `frames` frames.
    ///
    /// - Throws: `EnhancementError.tooShort` if the tail is dropped and nothing is left.
    public func chunkCount(frames: Int, tail: Tail = .padded) throws(EnhancementError) -> Int {
        switch tail {
        case .padded:
            return frames > 0 ? 1 + max(0, (frames - chunkLength + stride - 1) / stride) : 0
        case .dropped:
            guard frames >= chunkLength else {
                throw .tooShort(frames: frames, chunkLength: chunkLength)
            }
            return (frames - overlap) / stride
        }
    }

    /// Number of frames that `chunks` chunks cover.
    public func frameCount(chunks: Int) -> Int {
        chunks > 0 ? chunks * stride + overlap : 0
    }
}
