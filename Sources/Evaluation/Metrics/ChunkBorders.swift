public import Foundations

/// Where the chunks of a long video meet.
public struct ChunkBorders: Sendable, Hashable {
    private enum Rule: Sendable, Hashable {
        case regular(first: Int, stride: Int)
        case listed(Set<Int>)
    }

    /// Where the numbers come from, for the result.
    public let source: String
    private let rule: Rule

    /// The release's chunks: 16 frames, of which 8 are shared with the chunk before.
    public static let standard = ChunkBorders(
        checked: 16, overlap: 8, source: "16 frames, 8 shared")

    /// Chunks of `chunkFrames` frames that begin with the last `overlap` frames of the one before.
    ///
    /// - Throws: `InvalidField` if a chunk would add nothing.
    public init(chunkFrames: Int, overlap: Int) throws(InvalidField) {
        guard (1...1_000_000).contains(chunkFrames) else {
            throw InvalidField("chunk_frames", "must be from 1 to 1000000, not \(chunkFrames)")
        }
        guard (0..<chunkFrames).contains(overlap) else {
            throw InvalidField(
                "overlap", "must be from 0 to \(chunkFrames - 1) (\(field: "chunk_frames") less 1)")
        }
        self.init(
            checked: chunkFrames, overlap: overlap,
            source: "\(chunkFrames) frames, \(overlap) shared")
    }

    private init(checked chunkFrames: Int, overlap: Int, source: String) {
        rule = .regular(first: chunkFrames, stride: chunkFrames - overlap)
        self.source = source
    }

    /// The first frames of all chunks but the first.
    public init(frames: some Sequence<Int>, source: String) {
        rule = .listed(Set(frames))
        self.source = source
    }

    /// Whether a chunk other than the first one begins with this frame.
    public func contains(_ frame: Int) -> Bool {
        switch rule {
        case .regular(let first, let stride): frame >= first && (frame - first) % stride == 0
        case .listed(let frames): frames.contains(frame)
        }
    }
}
