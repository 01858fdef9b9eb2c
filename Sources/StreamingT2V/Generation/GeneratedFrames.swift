public import VideoIO

/// The frames of a video one by one; a chunk is made when its first frame is asked for.
///
/// What joins the first two stages to the third.
public struct GeneratedFrames: AsyncSequence {
    /// A frame.
    public typealias Element = RGBFrame

    let chunks: VideoChunks
    let observe: @Sendable (VideoChunk, VideoChunks.Iterator) async throws -> Void

    /// Asks for one chunk after the other.
    public final class Iterator: AsyncIteratorProtocol {
        private let chunks: VideoChunks.Iterator
        private let observe: @Sendable (VideoChunk, VideoChunks.Iterator) async throws -> Void
        private var frames: [RGBFrame].Iterator?

        init(_ frames: GeneratedFrames) {
            chunks = frames.chunks.makeAsyncIterator()
            observe = frames.observe
        }

        /// The next frame, or `nil` after the last.
        ///
        /// - Throws: what `VideoChunks.Iterator.next()` and the observer throw.
        public func next() async throws -> RGBFrame? {
            while true {
                if let frame = frames?.next() { return frame }
                guard let chunk = try await chunks.next() else { return nil }
                try await observe(chunk, chunks)
                frames = chunk.frames.makeIterator()
            }
        }
    }

    /// Starts a generation.
    public func makeAsyncIterator() -> Iterator {
        Iterator(self)
    }
}

extension VideoChunks {
    /// The frames of all chunks.
    ///
    /// - Parameter observe: is shown each chunk before its first frame is given away, for example to write a preview, and
    ///   who can save the state after it.
    public func frames(
        observe: @escaping @Sendable (VideoChunk, Iterator) async throws -> Void = { _, _ in }
    ) -> GeneratedFrames {
        GeneratedFrames(chunks: self, observe: observe)
    }
}
