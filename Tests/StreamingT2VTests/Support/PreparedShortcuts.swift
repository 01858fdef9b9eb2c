import StreamingT2V
import VideoIO

/// A request is prepared and used at once, as most tests do.
extension VideoGenerator {
    nonisolated func chunks(
        for request: GenerationRequest, continuing footage: Footage? = nil,
        progress: @escaping @Sendable (GenerationProgress) -> Void = { _ in },
        review: @escaping ChunkReview = { _ in .accept }
    ) async throws -> VideoChunks {
        chunks(
            for: try await prepare(request, continuing: footage), progress: progress,
            review: review)
    }

    nonisolated func check(
        _ request: GenerationRequest, continuing footage: Footage? = nil
    ) async throws {
        _ = try await prepare(request, continuing: footage)
    }
}

extension VideoEnhancer {
    nonisolated func frames<Source: AsyncSequence>(
        of source: Source, count: Int? = nil, for request: EnhancementRequest,
        progress: @escaping @Sendable (EnhancementProgress) -> Void = { _ in }
    ) async throws -> EnhancedFrames<Source> where Source.Element == RGBFrame {
        frames(of: source, count: count, for: try await prepare(request), progress: progress)
    }

    nonisolated func check(_ request: EnhancementRequest) async throws {
        _ = try await prepare(request)
    }
}
