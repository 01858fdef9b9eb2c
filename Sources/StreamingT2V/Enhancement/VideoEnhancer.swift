public import Torch
public import VideoIO
import Foundations
import VideoModels

/// Enhances videos of any length while they arrive, on a thread of its own.
///
/// Source: Henschel et al., StreamingT2V, section "Auto-regressive Video Enhancement"; what is done to each frame is the
/// release's way (`modelscope` branch, `video_to_video`).
public actor VideoEnhancer {
    private let executor = ModelExecutor(name: "enhancer")

    /// The thread that owns all networks and tensors.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// How the enhancer wants to be used.
    public nonisolated let defaults: EnhancementDefaults
    /// Which picture sizes its network takes.
    public nonisolated let sizeRule: EnhancementSizeRule

    /// The model.
    public nonisolated let folder: ModelFolder
    /// Where the networks run.
    public nonisolated let device: Device
    /// What convolutions and matrix products compute in.
    public nonisolated let dtype: DType
    private let timeline: Timeline?
    private var pipeline: EnhancementPipeline?
    private var prompts: PromptEncoder?

    /// Opens the enhancer of a model: reads its configurations, not yet its weights.
    ///
    /// - Parameters:
    ///   - folder: the model; of its other parts only those that the enhancer shares are needed.
    ///   - device: where the networks run.
    ///   - dtype: what convolutions and matrix products compute in.
    ///   - timeline: is told when each part of the work was done.
    /// - Throws: `GenerationError.noEnhancer`, `.notAModel`, `.inconsistentModel`, `ConfigurationError`.
    public init(
        model folder: ModelFolder, device: Device = .cpu, dtype: DType = .float32,
        timeline: Timeline? = nil
    ) throws {
        try folder.requireEnhancer()
        try Runtime.require(device)
        self.folder = folder
        self.device = device
        self.dtype = dtype
        self.timeline = timeline
        defaults = try folder.enhancementDefaults()
        try folder.requireEnhancerConsistency()
        let autoencoder = try folder.partOfEnhancer(.vae).autoencoderConfiguration()
        sizeRule = EnhancementSizeRule(
            downsamplings: try folder.enhancerConfiguration().multipliers.count - 1,
            latentFactor: autoencoder.factor)
    }

    /// Size of the enhanced pictures: scaled until they touch two sides of the size that is asked for.
    ///
    /// - Parameters:
    ///   - width: width of the pictures as they come, in pixels.
    ///   - height: height of the pictures as they come, in pixels.
    /// - Throws: `ConfigurationError.invalid` for pictures that are too large.
    public nonisolated func outputSize(
        width: Int, height: Int, for request: PreparedEnhancement
    ) throws -> (width: Int, height: Int) {
        let sampling = request.settings.sampling
        let letterbox = try sizeRule.letterbox(
            picture: (width, height), size: (sampling.width, sampling.height))
        return (letterbox.columns.count, letterbox.rows.count)
    }

    /// The enhanced frames of a video, each as soon as it is final.
    ///
    /// A frame is pulled from the source only when one is asked for here, so memory does not depend on the length of
    /// the video. As many frames come out as went in. Cancelling the task that iterates stops within one evaluation of
    /// the network.
    ///
    /// - Parameters:
    ///   - source: the frames, all of one size.
    ///   - count: their number for progress reports, if it is known.
    ///   - progress: is called from the enhancer's thread after each evaluation.
    public nonisolated func frames<Source: AsyncSequence>(
        of source: Source, count: Int? = nil, for request: PreparedEnhancement,
        progress: @escaping @Sendable (EnhancementProgress) -> Void = { _ in }
    ) -> EnhancedFrames<Source> where Source.Element == RGBFrame {
        EnhancedFrames(
            enhancer: self, source: source, count: count, request: request, progress: progress)
    }

    /// Loads the weights, if that has not happened yet.
    public func load() throws {
        _ = try loadedPipeline()
        _ = try loadedPrompts()
    }

    /// Checks a request, fills in the enhancer's defaults, and splits its prompts into tokens.
    ///
    /// - Throws: `InvalidField`, `GenerationError.promptTooLong`.
    public func prepare(_ request: EnhancementRequest) throws -> PreparedEnhancement {
        let settings = try request.settings(defaults)
        let prompts = try loadedPrompts()
        let texts: [(FailureText, String)] = [
            ("\(field: "prompt")", settings.prompt),
            ("\(field: "negative_prompt")", settings.negativePrompt),
        ]
        return PreparedEnhancement(
            settings: settings,
            tokens: try texts.map {
                try prompts.tokenize($1, $0, truncates: settings.truncatesPrompt)
            })
    }

    private func loadedPrompts() throws -> PromptEncoder {
        if let prompts { return prompts }
        let start = ContinuousClock.now
        defer { timeline?.record("load weights", .enhancer, since: start) }
        let loaded = try folder.enhancementPrompts(device: device)
        prompts = loaded
        return loaded
    }

    private func loadedPipeline() throws -> EnhancementPipeline {
        if let pipeline { return pipeline }
        let start = ContinuousClock.now
        defer { timeline?.record("load weights", .enhancer, since: start) }
        let loaded = try folder.enhancementPipeline(device: device, dtype: dtype)
        pipeline = loaded
        return loaded
    }

    /// Encodes the prompts of a request.
    func begin(
        _ request: PreparedEnhancement, frames: Int?,
        progress: @escaping @Sendable (EnhancementProgress) -> Void
    ) throws -> EnhancementSession {
        let pipeline = try loadedPipeline()
        let prompts = try loadedPrompts()
        let start = ContinuousClock.now
        defer { timeline?.record("encode prompts", .enhancer, since: start) }
        return try withInferenceMode {
            try EnhancementSession(
                pipeline, settings: request.settings, rule: sizeRule,
                text: prompts.encode(request.tokens), frames: frames, progress: progress)
        }
    }

    /// Takes frames, or ends the video if there are none; returns the first frame that is finished then.
    func push(_ frames: [RGBFrame], to session: EnhancementSession) throws -> RGBFrame? {
        let start = ContinuousClock.now
        defer { timeline?.record("enhance", .enhancer, since: start) }
        return try withInferenceMode {
            if frames.isEmpty { session.finish() } else { try session.push(frames) }
            return try session.next()
        }
    }

    /// The next finished frame, or `nil` if there is none now.
    func next(_ session: EnhancementSession) throws -> RGBFrame? {
        let start = ContinuousClock.now
        defer { timeline?.record("enhance", .enhancer, since: start) }
        return try withInferenceMode { try session.next() }
    }
}
