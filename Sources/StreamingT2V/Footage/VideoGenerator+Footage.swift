import Torch
import VideoIO

extension VideoGenerator {
    /// Reads a picture or video that a request is to go on from.
    ///
    /// - Throws: what reading it throws, and `GenerationError.invalidOption` for a size that the model cannot make.
    public nonisolated func footage(
        _ path: String, as kind: Footage.Kind, for request: GenerationRequest
    ) async throws -> Footage {
        try await Footage.read(
            path, as: kind, size: size(of: request), chunkFrames: chunkFrames)
    }

    /// Throws unless a request can go on from footage.
    nonisolated func require(
        _ footage: Footage, _ size: (width: Int, height: Int), for request: GenerationRequest
    ) throws(GenerationError) {
        guard folder.has(.streaming) else {
            throw .noContinuation(folder: folder.url.path, option: footage.kind.option)
        }
        guard request.firstSolver == nil else {
            throw .invalidOption(
                "--first-solver",
                "is for a first chunk that is generated; with \(footage.kind.option) there is none")
        }
        let frame = footage.recentFrames[0]
        guard (frame.width, frame.height) == size else {
            throw .invalidOption(
                footage.kind.option,
                "was read at \(frame.width)×\(frame.height) pixels, the video has "
                    + "\(size.width)×\(size.height)")
        }
    }

    /// Puts footage in the place of the first chunk.
    ///
    /// - Parameter noise: the latents' shape and the source of the noise that kept frames are given.
    func adopt(
        _ footage: Footage, in session: inout GenerationSession, _ pipeline: StreamingPipeline,
        noise: RandomGenerator, shape: [Int]
    ) throws {
        let conditional = chunkFrames - keptFrames
        let frames = try Tensor.images(footage.lastFrames(conditional)).moved(to: pipeline.device)
        session.anchor = try Tensor.images(Array(footage.recentFrames.prefix(1)))
            .moved(to: pipeline.device)
        session.previous = try (frames + 1) / 2
        guard keepsFrames(session.request) else { return }
        // Generated frames keep the noise that they were made from; these have none, so they are given some.
        var few = shape
        few[2] = conditional
        session.known = KnownFrames(
            latents: try pipeline.encode(frames),
            noise: try noise.initialNoise(few, chunk: 0).moved(to: pipeline.device))
    }

    /// Whether chunks keep the frames that they share.
    nonisolated func keepsFrames(_ request: GenerationRequest) -> Bool {
        (request.join ?? defaults.join) == .keep
    }
}
