import ArgumentParser
import Foundations
import StreamingT2V

/// Options of `generate` that say how its chunks are made; omitted ones keep the model's values.
struct SamplingOptions: ParsableArguments {
    @Option(help: "Width of the video, in pixels; a multiple of 64 for the published model.")
    var width: Int?

    @Option(help: "Height of the video, in pixels; a multiple of 64 for the published model.")
    var height: Int?

    @Option(help: "Denoising steps per chunk; the model's value if omitted.")
    var steps: Int?

    @Option(help: "How strongly the prompt acts; 1 switches guidance off.")
    var guidanceScale: Double?

    @Option(
        help: """
            How strongly the anchor frame acts after the first chunk; as strongly as the prompt if omitted. Another \
            value makes each step half as long again.
            """)
    var anchorScale: Double?

    @Option(
        help: """
            Steps of each chunk in which guidance acts, from the first on; all if omitted. The others take one \
            evaluation of the network, and the video is another one.
            """)
    var guidedSteps: Int?

    @Option(
        help: """
            Runs the whole network in the first step of each chunk and then every this many steps; 1, every step, if \
            omitted. The others run its shallow layers alone, and the video is another one.
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
            Frames that the autoencoder decodes at once: fewer need less memory. As many as have 262144 pixels if \
            omitted.
            """)
    var framesPerDecode: Int?

    /// What was given.
    func changes() throws(InvalidField) -> SamplingChanges {
        var changes = SamplingChanges()
        changes.width = width
        changes.height = height
        changes.steps = steps
        changes.guidanceScale = guidanceScale
        changes.anchorScale = anchorScale
        changes.guidedSteps = guidedSteps
        changes.cacheInterval = cacheInterval
        changes.eta = eta
        changes.framesPerDecode = framesPerDecode
        changes.solver = try choice(solver, "solver")
        changes.firstSolver = try choice(firstSolver, "first_solver")
        changes.join = try choice(join, "join")
        return changes
    }
}

/// Reads one of the names of a type.
func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ name: String?, _ field: String, _ type: Choice.Type = Choice.self
) throws(InvalidField) -> Choice? {
    guard let name else { return nil }
    guard let choice = Choice(rawValue: name) else {
        let known = Choice.allCases.map(\.rawValue).alternatives
        throw InvalidField(field, "must be \(known), not \(name)")
    }
    return choice
}
