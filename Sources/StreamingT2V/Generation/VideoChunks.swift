import Foundation

/// A video as a sequence of chunks, each made when it is asked for.
public struct VideoChunks: AsyncSequence {
    let generator: VideoGenerator
    let request: GenerationRequest
    let footage: Footage?
    let progress: @Sendable (GenerationProgress) -> Void
    let review: ChunkReview

    /// Asks the generator for one chunk after the other.
    public final class Iterator: AsyncIteratorProtocol {
        private let generator: VideoGenerator
        private let request: GenerationRequest
        private let footage: Footage?
        private let progress: @Sendable (GenerationProgress) -> Void
        private let review: ChunkReview
        private var given: FootageChunks?
        private var session: UUID?

        init(_ chunks: VideoChunks) {
            generator = chunks.generator
            request = chunks.request
            footage = chunks.footage
            given = footage.map(FootageChunks.init)
            progress = chunks.progress
            review = chunks.review
        }

        deinit {
            guard let session else { return }
            Task { [generator] in await generator.end(session) }
        }

        /// The next chunk, or `nil` behind the last; footage comes first, in several parts if it is long.
        ///
        /// - Throws: `GenerationError` before any work if the request cannot be met, `CancellationError` within one
        ///   denoising step of a cancellation, and what reading footage throws.
        public func next() async throws -> VideoChunk? {
            let session: UUID
            if let begun = self.session {
                session = begun
            } else {
                session = try await generator.begin(request, continuing: footage)
                self.session = session
            }
            try Task.checkCancellation()
            if let chunk = try await given?.next() { return chunk }
            return try await generator.next(session, progress: progress, review: review)
        }
    }

    /// Starts a generation.
    public func makeAsyncIterator() -> Iterator {
        Iterator(self)
    }
}
