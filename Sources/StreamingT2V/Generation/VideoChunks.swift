public import Foundation

/// A video as a sequence of chunks, each made when it is asked for.
public struct VideoChunks: AsyncSequence {
    let generator: VideoGenerator
    let request: PreparedRequest
    let state: URL?
    let progress: @Sendable (GenerationProgress) -> Void
    let review: ChunkReview

    /// Asks the generator for one chunk after the other.
    public final class Iterator: AsyncIteratorProtocol {
        private let chunks: VideoChunks
        private var given: FootageChunks?
        private var session: GenerationSession?

        init(_ chunks: VideoChunks) {
            self.chunks = chunks
            // A state is that after the footage.
            given = chunks.state == nil ? chunks.request.footage.map(FootageChunks.init) : nil
        }

        /// The next chunk, or `nil` after the last; footage comes first, in several parts if it is long.
        ///
        /// - Throws: `GenerationError` before any work if the state cannot be used, `CancellationError` within one
        ///   denoising step of a cancellation, and what reading footage throws.
        public func next() async throws -> VideoChunk? {
            let session = try await begun()
            try Task.checkCancellation()
            if let chunk = try await given?.next() { return chunk }
            return try await chunks.generator.next(
                session, progress: chunks.progress, review: chunks.review)
        }

        /// Writes what is needed to make the chunks after the last one later; see
        /// ``VideoGenerator/chunks(for:from:progress:review:)``.
        ///
        /// - Parameter reviewer: what ``ChunkReviewer/save()`` gave.
        /// - Throws: `CheckpointError.diskFull` or `.unwritable`; the file is then as it was.
        public func saveState(to url: URL, reviewer: Data? = nil) async throws {
            try await chunks.generator.save(begun(), to: url, reviewer: reviewer)
        }

        /// Brings a reviewer to where it was when the state was saved that the chunks are made from.
        ///
        /// - Throws: `GenerationError.unusableState` where it was saved without a reviewer.
        public func restore(_ reviewer: any ChunkReviewer) async throws {
            try await chunks.generator.restore(reviewer, in: begun())
        }

        private func begun() async throws -> GenerationSession {
            if let session { return session }
            let begun = try await chunks.generator.begin(chunks.request, from: chunks.state)
            session = begun
            return begun
        }
    }

    /// Starts a generation.
    public func makeAsyncIterator() -> Iterator {
        Iterator(self)
    }
}
