import Checkpoints
import Foundations
public import VideoIO

/// A picture or video of the user's own that a generated video begins with and goes on from.
///
/// It is chunk 0 of that video. Its last frames, as many as a chunk has, do what the first chunk does otherwise: the first
/// of them is the anchor, and the end of them is what the next chunk is conditioned on.
public struct Footage: Sendable, Hashable {
    /// What kind of file it is.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// One picture.
        case image
        /// A video file, or a folder of PNG frames.
        case video

        /// The field of a request that names it.
        public var field: String { rawValue }
    }

    /// What kind of file it is.
    public let kind: Kind
    /// The file or folder.
    public let path: String
    /// Its frames.
    public let frameCount: Int
    /// Its frame rate, if it has one.
    public let rate: FrameRate?
    /// SHA-256 of all its frames at the video's size.
    public let sha256: String
    /// Its last frames at the video's size, as many as a chunk has; all of them if there are fewer.
    public let recentFrames: [RGBFrame]

    /// Reads footage once, to its end; memory holds a few frames.
    ///
    /// - Parameters:
    ///   - size: of the video that goes on from it; each frame's middle is cut to that shape.
    ///   - chunkFrames: frames of a chunk.
    /// - Throws: `VideoIOError` for a file that cannot be read to its end; `InvalidField` for an image
    ///   with more than one frame.
    static func read(
        _ path: String, as kind: Kind, size: (width: Int, height: Int), chunkFrames: Int
    ) async throws -> Footage {
        let reader = try await VideoReader.open(path)
        var (count, hash, recent) = (0, SHA256(), [RGBFrame]())
        for try await frame in reader {
            let fitted = frame.covering(width: size.width, height: size.height)
            fitted.pixels.withUnsafeBytes { hash.update($0) }
            recent.append(fitted)
            if recent.count > chunkFrames { recent.removeFirst() }
            count += 1
            guard count == 1 || kind == .video else {
                throw InvalidField(
                    kind.field,
                    "is for one picture, and \(path) has several; give it as \(field: "video")")
            }
        }
        guard count > 0 else {
            throw VideoIOError.notAVideo(path: path, detail: "it has no frames")
        }
        return Footage(
            kind: kind, path: path, frameCount: count,
            rate: kind == .video ? reader.info.framesPerSecond : nil, sha256: hash.finish(),
            recentFrames: recent)
    }

    /// Its last `count` frames; a still before them where there are fewer, since what was before the first is not known.
    func lastFrames(_ count: Int) -> [RGBFrame] {
        let still = recentFrames.prefix(1)
        let missing = max(0, count - recentFrames.count)
        return (0..<missing).flatMap { _ in still } + recentFrames.suffix(count)
    }
}
