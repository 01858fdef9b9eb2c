public import Foundation
public import VideoIO

/// Judges each chunk before it becomes part of a video.
public protocol ChunkReviewer: AnyObject, Sendable {
    /// What the manifest says about it.
    var settings: GenerationManifest.Watch { get }
    /// What was found on every attempt at the chunk that was judged last.
    var lastReviews: [GenerationManifest.Review] { get }
    /// Whether the video was ended.
    var hasStopped: Bool { get }

    /// Uses frames that a video begins with as the reference for later chunks.
    func begin(with frames: [RGBFrame])
    /// Judges an attempt at the next chunk, on the generator's thread.
    func review(_ chunk: VideoChunk) -> ChunkVerdict

    /// What it needs to judge the chunks after this one in a later run.
    func save() throws -> Data
    /// Takes what an earlier run has saved.
    ///
    /// - Parameter lastFrame: the last frame of the video so far.
    func restore(_ data: Data, lastFrame: RGBFrame) throws
}

/// Takes the chunks of a video as they become final; the generator waits for it.
public protocol ChunkSink: Sendable {
    /// Takes the next chunk.
    func append(_ chunk: VideoChunk) async throws
}
