import Foundations
import VideoIO

extension VideoGenerator {
    /// Reads a picture or video that a request is to go on from.
    ///
    /// - Throws: what reading it throws, and `InvalidField` for a size that the model cannot make.
    public nonisolated func footage(
        _ path: String, as kind: Footage.Kind, for request: GenerationRequest
    ) async throws -> Footage {
        let settings = try settings(of: request)
        return try await Footage.read(
            path, as: kind, size: (settings.width, settings.height), chunkFrames: chunkFrames)
    }

    /// Throws unless a request can go on from footage.
    nonisolated func require(
        _ footage: Footage, _ settings: SamplingSettings, for request: GenerationRequest
    ) throws {
        guard folder.has(.streaming) else {
            throw GenerationError.noContinuation(
                folder: folder.url.path, field: footage.kind.field)
        }
        guard request.sampling.firstSolver == nil else {
            throw InvalidField(
                "first_solver",
                "is for a first chunk that is generated; with \(field: footage.kind.field) there is "
                    + "none")
        }
        let frame = footage.recentFrames[0]
        guard (frame.width, frame.height) == (settings.width, settings.height) else {
            throw InvalidField(
                footage.kind.field,
                "was read at \(frame.width)×\(frame.height) pixels, the video has "
                    + "\(settings.width)×\(settings.height)")
        }
    }
}
