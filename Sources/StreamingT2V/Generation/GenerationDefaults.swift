public import VideoModels

/// How a model wants to be sampled; lives in its folder as `generation.json`.
///
/// What a file leaves out has the release's value.
public struct GenerationDefaults: Codable, Sendable, Hashable {
    /// A way to walk from noise to a sample.
    public enum Solver: String, Codable, Sendable, CaseIterable {
        /// Denoising diffusion implicit models, with noise of strength `eta`.
        case ddim
        /// DPM-Solver++ of second order, without noise.
        case dpmSolver = "dpm-solver++"
    }

    /// What a chunk does with the frames that it shares with the chunk before.
    public enum Join: String, Codable, Sendable, CaseIterable {
        /// It makes them again, guided by CAM, and drops them: the release's way.
        case regenerate
        /// It keeps their latents and their noise, which joins more smoothly; see `KnownFrames`.
        case keep
    }

    /// The longest side of a video, in pixels.
    static let largestSide = 8192

    /// Height of the video, in pixels.
    public var height = 256
    /// Width of the video, in pixels.
    public var width = 256
    /// Frames per second of the file.
    public var framesPerSecond = 8
    /// Denoising steps of the first chunk.
    public var firstSteps = 50
    /// Denoising steps of the chunks behind it.
    public var steps = 50
    /// Guidance scale of the first chunk.
    public var firstGuidanceScale = 9.0
    /// Guidance scale of the chunks behind it.
    public var guidanceScale = 7.5
    /// Solver of the first chunk.
    public var firstSolver = Solver.dpmSolver
    /// Solver of the chunks behind it.
    public var solver = Solver.ddim
    /// Noise strength of DDIM.
    public var eta = 1.0
    /// What a chunk does with the frames of the chunk before.
    public var join = Join.regenerate

    enum CodingKeys: String, CodingKey {
        case height, width, steps, solver, eta, join
        case framesPerSecond = "fps"
        case firstSteps = "first_steps"
        case firstGuidanceScale = "first_guidance_scale"
        case guidanceScale = "guidance_scale"
        case firstSolver = "first_solver"
    }

    /// The release's values.
    public init() {}

    /// Decodes defaults.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func read<Value: Decodable>(_ key: CodingKeys, _ fallback: Value) throws -> Value {
            try values.decodeIfPresent(Value.self, forKey: key) ?? fallback
        }
        height = try read(.height, height)
        width = try read(.width, width)
        framesPerSecond = try read(.framesPerSecond, framesPerSecond)
        firstSteps = try read(.firstSteps, firstSteps)
        steps = try read(.steps, steps)
        firstGuidanceScale = try read(.firstGuidanceScale, firstGuidanceScale)
        guidanceScale = try read(.guidanceScale, guidanceScale)
        firstSolver = try read(.firstSolver, firstSolver)
        solver = try read(.solver, solver)
        eta = try read(.eta, eta)
        join = try read(.join, join)
    }

    /// Throws if no video can be sampled like this.
    ///
    /// - Parameter trainSteps: steps that the model was trained with, the most that can be taken.
    public func validate(trainSteps: Int = 1000) throws(ConfigurationError) {
        try ConfigurationError.require([
            ("height", height, 8...Self.largestSide), ("width", width, 8...Self.largestSide),
            ("fps", framesPerSecond, 1...240), ("first_steps", firstSteps, 1...trainSteps),
            ("steps", steps, 1...trainSteps),
        ])
        let real = [
            ("first_guidance_scale", firstGuidanceScale, 100.0),
            ("guidance_scale", guidanceScale, 100), ("eta", eta, 1),
        ]
        for (field, value, limit) in real where !(value >= 0 && value <= limit) {
            throw .invalid(field: field, rule: "must be from 0 to \(Int(limit)), not \(value)")
        }
    }
}
