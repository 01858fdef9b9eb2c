import StreamingT2V
import Synchronization
import VideoIO

/// The denoising steps that a generation reported, in order.
final class GenerationLog: Sendable {
    private let entries = Mutex<[GenerationProgress]>([])

    var steps: [GenerationProgress] { entries.withLock { $0 } }
    var count: Int { steps.count }

    func append(_ step: GenerationProgress) { entries.withLock { $0.append(step) } }
}

extension GenerationRequest {
    /// A request for the tiny model.
    static func tiny(
        frames: Int? = 16, change: (inout GenerationRequest) -> Void = { _ in }
    ) -> GenerationRequest {
        var request = GenerationRequest(prompt: "a red ball rolls over the lake", seed: 7)
        request.frames = frames
        change(&request)
        return request
    }
}

extension VideoGenerator {
    /// All frames that a request gives.
    nonisolated func frames(
        _ request: GenerationRequest,
        progress: @escaping @Sendable (GenerationProgress) -> Void = { _ in }
    ) async throws -> [RGBFrame] {
        var frames: [RGBFrame] = []
        for try await chunk in try await chunks(for: request, progress: progress) {
            frames += chunk.frames
        }
        return frames
    }
}

extension VideoChunks {
    /// The first `count` chunks.
    func first(_ count: Int) async throws -> [VideoChunk] {
        let iterator = makeAsyncIterator()
        var chunks: [VideoChunk] = []
        while chunks.count < count, let chunk = try await iterator.next() { chunks.append(chunk) }
        return chunks
    }
}
