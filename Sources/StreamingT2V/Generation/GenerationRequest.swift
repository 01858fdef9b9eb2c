import Foundations

/// What a user asks for.
///
/// `nil` means the model's default. Command-line options and requests over the network fill the same structure.
public struct GenerationRequest: Codable, Sendable, Hashable {
    /// What the video shows.
    public var prompt: String
    /// What it must not show.
    public var negativePrompt = ""
    /// What it shows later, in any order.
    public var promptChanges: [PromptChange] = []
    /// Seed of all randomness.
    public var seed: UInt64
    /// Number of frames, or `nil` for an endless video.
    public var frames: Int? = 24
    /// Width of the video, in pixels.
    public var width: Int?
    /// Height of the video, in pixels.
    public var height: Int?
    /// Denoising steps per chunk.
    public var steps: Int?
    /// How strongly the prompt acts; 1 or less switches guidance off.
    public var guidanceScale: Double?
    /// How strongly the anchor frame acts in the chunks behind the first, 0 for not at all; `nil` is as strongly as the
    /// prompt.
    public var anchorScale: Double?
    /// Steps of a chunk, from the first on, in which guidance acts; `nil` is all, as in the release.
    ///
    /// The others cost one evaluation and follow the prompt and the anchor alone.
    public var guidedSteps: Int?
    /// From one step of a chunk that runs the whole network to the next; `nil` is 1, every step, as in the release.
    ///
    /// Those between run its shallow layers alone, with the deep features of the last whole one.
    public var cacheInterval: Int?
    /// Noise strength of DDIM, from 0 to 1.
    public var eta: Double?
    /// Solver of all chunks.
    public var solver: GenerationDefaults.Solver?
    /// Solver of the first chunk, where it is another one.
    public var firstSolver: GenerationDefaults.Solver?
    /// What a chunk does with the frames of the chunk before.
    public var join: GenerationDefaults.Join?
    /// Frames that the autoencoder decodes at once; `nil` is as many as keep its memory small.
    public var framesPerDecode: Int?
    /// Whether a prompt that is too long may be cut.
    public var truncatesPrompt = false

    /// The most frames of a video, except for an endless one.
    public static let frameLimit = 10_000_000

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
        /// How strongly the anchor acts where there is one; `nil` is as strongly as the prompt.
        package var anchorScale: Double?
        /// Steps in which guidance acts, from the first on; `nil` is all.
        package var guidedSteps: Int?
        /// From one step that runs the whole network to the next.
        package var cacheInterval = 1

        /// Whether a step, from 0, runs the whole network.
        func isWhole(step: Int) -> Bool { step % cacheInterval == 0 }

        /// How many guided steps take as long as all steps, with so many evaluations in each guided one: steps that run
        /// the whole network, and others.
        func guidedEquivalent(branches: Int) -> TimeForecast.Steps {
            let guided = min(guidedSteps ?? steps, steps)
            func equivalent(_ isCounted: (Int) -> Bool) -> Double {
                Double((0..<guided).count(where: isCounted))
                    + Double((guided..<steps).count(where: isCounted)) / Double(branches)
            }
            return (equivalent(isWhole), equivalent { !isWhole(step: $0) })
        }

        /// How the first chunk is guided.
        package var firstGuidance: BranchGuidance { .first(scale: guidanceScale) }

        /// How a chunk behind the first is guided.
        package var streamingGuidance: BranchGuidance {
            BranchGuidance(scale: guidanceScale, anchorScale: anchorScale)
        }
    }

    /// Width and height of the video, in pixels.
    func size(_ defaults: GenerationDefaults) -> (width: Int, height: Int) {
        (width ?? defaults.width, height ?? defaults.height)
    }

    package func firstSampling(_ defaults: GenerationDefaults) -> Sampling {
        Sampling(
            solver: firstSolver ?? solver ?? (eta == nil ? defaults.firstSolver : .ddim),
            steps: steps ?? defaults.firstSteps,
            guidanceScale: guidanceScale ?? defaults.firstGuidanceScale, eta: eta ?? defaults.eta,
            guidedSteps: guidedSteps, cacheInterval: cacheInterval ?? 1)
    }

    package func streamingSampling(_ defaults: GenerationDefaults) -> Sampling {
        Sampling(
            solver: solver ?? (eta == nil ? defaults.solver : .ddim),
            steps: steps ?? defaults.steps, guidanceScale: guidanceScale ?? defaults.guidanceScale,
            eta: eta ?? defaults.eta, anchorScale: anchorScale, guidedSteps: guidedSteps,
            cacheInterval: cacheInterval ?? 1)
    }

    /// Throws if the request cannot be met, before any work.
    ///
    /// - Parameter trainSteps: steps that the model was trained with, the most that can be taken.
    public func validate(trainSteps: Int = 1000) throws(GenerationError) {
        guard !prompt.isBlank else { throw .emptyPrompt }
        let frameLimit = Self.frameLimit
        if let frames, !(1...frameLimit).contains(frames) {
            throw .invalidOption("--frames", "must be from 1 to \(frameLimit), not \(frames)")
        }
        for change in promptChanges where change.frame > frameLimit {
            throw .invalidOption(
                "--prompt-at", "must name a frame up to \(frameLimit), not \(change.frame)")
        }
        if let steps, !(1...trainSteps).contains(steps) {
            throw .invalidOption("--steps", "must be from 1 to \(trainSteps), not \(steps)")
        }
        if let guidedSteps, !(0...trainSteps).contains(guidedSteps) {
            throw .invalidOption(
                "--guided-steps", "must be from 0 to \(trainSteps), not \(guidedSteps)")
        }
        if let cacheInterval, !(1...trainSteps).contains(cacheInterval) {
            throw .invalidOption(
                "--cache-interval", "must be from 1 to \(trainSteps), not \(cacheInterval)")
        }
        for (option, scale) in [
            ("--guidance-scale", guidanceScale), ("--anchor-scale", anchorScale),
        ] {
            if let scale, !(scale >= 0 && scale <= 100) {
                throw .invalidOption(option, "must be from 0 to 100, not \(scale)")
            }
        }
        if let framesPerDecode, !(1...1024).contains(framesPerDecode) {
            throw .invalidOption(
                "--decode-frames", "must be from 1 to 1024, not \(framesPerDecode)")
        }
        if let eta, !(eta >= 0 && eta <= 1) {
            throw .invalidOption("--eta", "must be from 0 to 1, not \(eta)")
        }
        if eta != nil, solver == .dpmSolver, firstSolver != .ddim {
            throw .invalidOption("--eta", "works with --solver ddim only")
        }
    }
}
