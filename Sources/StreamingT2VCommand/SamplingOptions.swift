import ArgumentParser
import StreamingT2V

/// Options of `generate` that say how its chunks are made; the model's own values where they are left out.
struct SamplingOptions: ParsableArguments {
    @Option(help: "Width of the video, in pixels; a multiple of 64 for the published model.")
    var width: Int?

    @Option(help: "Height of the video, in pixels; a multiple of 64 for the published model.")
    var height: Int?

    @Option(help: "Denoising steps per chunk; the model's own if left out.")
    var steps: Int?

    @Option(help: "How strongly the prompt acts; 1 switches guidance off.")
    var guidanceScale: Double?

    @Option(
        help: """
            How strongly the anchor frame acts behind the first chunk; as strongly as the prompt if left out. Another \
            value makes each step half as long again.
            """)
    var anchorScale: Double?

    @Option(
        help: """
            Steps of each chunk in which guidance acts, from the first on; all if left out. The others take one \
            evaluation of the network, and the video is another one.
            """)
    var guidedSteps: Int?

    @Option(
        help: """
            Runs the whole network in the first step of each chunk and every so many steps behind it; 1, every step, if \
            left out. The others run its shallow layers alone, and the video is another one.
            """)
    var cacheInterval: Int?

    @Option(help: "Noise strength of the ddim solver, from 0 to 1.")
    var eta: Double?

    @Option(help: "Solver: ddim or dpm-solver++.")
    var solver: String?

    @Option(help: "Solver of the first chunk, if it is another one.")
    var firstSolver: String?

    @Option(
        help: "Frames shared with the chunk before: keep, or regenerate as the release does.")
    var join: String?

    @Option(
        name: .customLong("decode-frames"),
        help: """
            Frames that the autoencoder decodes at once: fewer need less memory. As many as have 262144 pixels if left \
            out.
            """)
    var framesPerDecode: Int?

    /// Fills in what was given.
    func apply(to request: inout GenerationRequest) throws(GenerationError) {
        request.width = width
        request.height = height
        request.steps = steps
        request.guidanceScale = guidanceScale
        request.anchorScale = anchorScale
        request.guidedSteps = guidedSteps
        request.cacheInterval = cacheInterval
        request.eta = eta
        request.framesPerDecode = framesPerDecode
        request.solver = try Self.choice(solver, "--solver")
        request.firstSolver = try Self.choice(firstSolver, "--first-solver")
        request.join = try Self.choice(join, "--join")
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String?, _ option: String
    ) throws(GenerationError) -> Choice? {
        guard let name else { return nil }
        guard let choice = Choice(rawValue: name) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: " or ")
            throw .invalidOption(option, "must be \(known), not \(name)")
        }
        return choice
    }
}
