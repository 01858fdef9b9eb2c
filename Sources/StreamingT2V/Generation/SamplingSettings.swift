public import Foundations
import VideoModels

/// How a video is sampled: every value, with nothing left to a default.
///
/// A model's folder says in `generation.json` how it wants to be sampled; missing fields have the release's values. A
/// request changes some of them (``SamplingChanges``). The manifest of a video holds the result as it is.
public struct SamplingSettings: Codable, Sendable, Hashable {
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
    /// Denoising steps of the first chunk.
    public var firstSteps = 50
    /// Denoising steps of each further chunk.
    public var steps = 50
    /// Guidance scale of the first chunk; 1 or less switches guidance off.
    public var firstGuidanceScale = 9.0
    /// Guidance scale of the further chunks; 1 or less switches guidance off.
    public var guidanceScale = 7.5
    /// How strongly the anchor frame acts in the further chunks, 0 for not at all; `nil` in a model's defaults means as
    /// strongly as the prompt.
    public var anchorScale: Double?
    /// Steps of a chunk, from the first on, in which guidance acts; `nil` is all, as in the release.
    ///
    /// The others cost one evaluation and follow the prompt and the anchor alone.
    public var guidedSteps: Int?
    /// From one step of a chunk that runs the whole network to the next; 1 is every step, as in the release.
    ///
    /// Those between run its shallow layers alone, with the deep features of the last whole one.
    public var cacheInterval = 1
    /// Solver of the first chunk.
    public var firstSolver = Solver.dpmSolver
    /// Solver of the further chunks.
    public var solver = Solver.ddim
    /// Noise strength of DDIM, from 0 to 1.
    public var eta = 1.0
    /// What a chunk does with the frames of the chunk before.
    public var join = Join.regenerate
    /// Frames that the autoencoder decodes at once; `nil` is as many as keep its memory small.
    public var framesPerDecode: Int?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case height, width, steps, solver, eta, join
        case firstSteps = "first_steps"
        case firstGuidanceScale = "first_guidance_scale"
        case guidanceScale = "guidance_scale"
        case anchorScale = "anchor_scale"
        case guidedSteps = "guided_steps"
        case cacheInterval = "cache_interval"
        case firstSolver = "first_solver"
        case framesPerDecode = "frames_per_decode"
    }

    /// The release's values.
    public init() {}

    /// Decodes settings; a missing field has the release's value.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func read<Value: Decodable>(_ key: CodingKeys, _ fallback: Value) throws -> Value {
            try values.decodeIfPresent(Value.self, forKey: key) ?? fallback
        }
        height = try read(.height, height)
        width = try read(.width, width)
        firstSteps = try read(.firstSteps, firstSteps)
        steps = try read(.steps, steps)
        firstGuidanceScale = try read(.firstGuidanceScale, firstGuidanceScale)
        guidanceScale = try read(.guidanceScale, guidanceScale)
        anchorScale = try values.decodeIfPresent(Double.self, forKey: .anchorScale)
        guidedSteps = try values.decodeIfPresent(Int.self, forKey: .guidedSteps)
        cacheInterval = try read(.cacheInterval, cacheInterval)
        firstSolver = try read(.firstSolver, firstSolver)
        solver = try read(.solver, solver)
        eta = try read(.eta, eta)
        join = try read(.join, join)
        framesPerDecode = try values.decodeIfPresent(Int.self, forKey: .framesPerDecode)
    }

    /// Throws if no video can be sampled like this.
    ///
    /// - Parameter trainSteps: steps that the model was trained with, the most that can be taken.
    public func validate(trainSteps: Int) throws(InvalidField) {
        for (name, side) in [("height", height), ("width", width)] {
            try InvalidField.require(name, side, in: 8...Self.largestSide)
        }
        // The fields that a request has come first: they change the others, too.
        for (name, count) in [("steps", steps), ("first_steps", firstSteps)] {
            try InvalidField.require(name, count, in: 1...trainSteps)
        }
        for (name, scale) in [
            ("guidance_scale", guidanceScale), ("first_guidance_scale", firstGuidanceScale),
            ("anchor_scale", anchorScale ?? guidanceScale),
        ] {
            try InvalidField.require(name, scale, in: 0...100)
        }
        try InvalidField.require("eta", eta, in: 0...1)
        let most = max(firstSteps, steps)
        try InvalidField.require("guided_steps", guidedSteps ?? 0, in: 0...most)
        try InvalidField.require("cache_interval", cacheInterval, in: 1...most)
        try InvalidField.require("decode_frames", framesPerDecode ?? 1, in: 1...1024)
    }

    /// How the first chunk is sampled.
    package var first: ChunkSampling {
        ChunkSampling(
            solver: firstSolver, steps: firstSteps, eta: eta,
            guidance: .first(scale: firstGuidanceScale), guidedSteps: guidedSteps,
            cacheInterval: cacheInterval)
    }

    /// How each further chunk is sampled.
    package var further: ChunkSampling {
        ChunkSampling(
            solver: solver, steps: steps, eta: eta,
            guidance: BranchGuidance(scale: guidanceScale, anchorScale: anchorScale),
            guidedSteps: guidedSteps, cacheInterval: cacheInterval)
    }
}

/// How one kind of chunk is sampled.
package struct ChunkSampling: Sendable, Hashable {
    package var solver: SamplingSettings.Solver
    package var steps: Int
    /// Noise strength of DDIM.
    package var eta: Double
    /// How prompt and anchor act.
    package var guidance: BranchGuidance
    /// Steps in which guidance acts, from the first on; `nil` is all.
    package var guidedSteps: Int?
    /// From one step that runs the whole network to the next.
    package var cacheInterval = 1

    /// Whether a step, from 0, runs the whole network.
    func isWhole(step: Int) -> Bool { step % cacheInterval == 0 }
}
