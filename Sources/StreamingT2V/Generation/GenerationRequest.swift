/// What a user asks for.
///
/// `nil` means the model's default. Command-line options and requests over the network fill the same structure.
public struct GenerationRequest: Codable, Sendable, Hashable {
    /// What the video shows.
    public var prompt: String
    /// What it must not show.
    public var negativePrompt = ""
    /// Seed of all randomness.
    public var seed: UInt64
    /// Number of frames, or `nil` for an endless video.
    public var frames: Int? = 24
    /// Denoising steps per chunk.
    public var steps: Int?
    /// How strongly the prompt acts; 1 or less switches guidance off.
    public var guidanceScale: Double?
    /// Noise strength of DDIM, from 0 to 1.
    public var eta: Double?
    /// Solver of all chunks.
    public var solver: GenerationDefaults.Solver?
    /// What a chunk does with the frames of the chunk before.
    public var join: GenerationDefaults.Join?
    /// Whether a prompt that is too long may be cut.
    public var truncatesPrompt = false

    /// A request for the default number of frames.
    public init(prompt: String, seed: UInt64) {
        self.prompt = prompt
        self.seed = seed
    }

    /// How one kind of chunk is sampled.
    package struct Sampling: Hashable {
        package var solver: GenerationDefaults.Solver
        package var steps: Int
        package var guidanceScale: Double
        package var eta: Double
    }

    package func firstSampling(_ defaults: GenerationDefaults) -> Sampling {
        Sampling(
            solver: solver ?? (eta == nil ? defaults.firstSolver : .ddim),
            steps: steps ?? defaults.firstSteps,
            guidanceScale: guidanceScale ?? defaults.firstGuidanceScale, eta: eta ?? defaults.eta)
    }

    package func streamingSampling(_ defaults: GenerationDefaults) -> Sampling {
        Sampling(
            solver: solver ?? (eta == nil ? defaults.solver : .ddim),
            steps: steps ?? defaults.steps, guidanceScale: guidanceScale ?? defaults.guidanceScale,
            eta: eta ?? defaults.eta)
    }

    /// Throws if the request cannot be met, before any work.
    ///
    /// - Parameter trainSteps: steps that the model was trained with, the most that can be taken.
    public func validate(trainSteps: Int = 1000) throws(GenerationError) {
        guard prompt.contains(where: { !$0.isWhitespace }) else { throw .emptyPrompt }
        if let frames, !(1...10_000_000).contains(frames) {
            throw .invalidOption("--frames", "must be from 1 to 10000000, not \(frames)")
        }
        if let steps, !(1...trainSteps).contains(steps) {
            throw .invalidOption("--steps", "must be from 1 to \(trainSteps), not \(steps)")
        }
        if let guidanceScale, !(guidanceScale >= 0 && guidanceScale <= 100) {
            throw .invalidOption(
                "--guidance-scale", "must be from 0 to 100, not \(guidanceScale)")
        }
        if let eta, !(eta >= 0 && eta <= 1) {
            throw .invalidOption("--eta", "must be from 0 to 1, not \(eta)")
        }
        if eta != nil, solver == .dpmSolver {
            throw .invalidOption("--eta", "works with --solver ddim only")
        }
    }
}
