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
    private nonisolated let residency: Residency
    private let timeline: Timeline?
    private var shelf: EnhancementShelf?

    /// Opens the enhancer of a model: reads its configurations, not yet its weights.
    ///
    /// - Parameters:
    ///   - folder: the model; of its other parts only those that the enhancer shares are needed.
    ///   - device: where the networks run.
    ///   - dtype: what convolutions and matrix products compute in.
    ///   - residency: which networks stay in memory; `nil` keeps all, any other lets the text transformer go once the
    ///     prompts are encoded. UNet and autoencoder stay, as every chunk needs both.
    ///   - timeline: is told when each part of the work was done.
    /// - Throws: `GenerationError.noEnhancer`, `.notAModel`, `.inconsistentModel`, `ConfigurationError`,
    ///   `CheckpointError` for an unreadable end of a decoder.
    public init(
        model folder: ModelFolder, device: Device = .cpu, dtype: DType = .float32,
        residency: Residency? = nil, timeline: Timeline? = nil
    ) throws {
        try folder.requireEnhancer()
        try Runtime.require(device)
        self.folder = folder
        self.device = device
        self.dtype = dtype
        self.residency = residency ?? .kept
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

    /// Loads the weights, if that has not happened yet; networks that are not to stay in memory are only compared with
    /// their files.
    public func load() throws {
        let start = ContinuousClock.now
        defer { timeline?.record("load weights", .enhancer, since: start) }
        try opened().open()
    }

    /// Checks a request, fills in the enhancer's defaults, and splits its prompts into tokens.
    ///
    /// No weights are read.
    ///
    /// - Throws: `InvalidField`, `GenerationError.promptTooLong`, `CheckpointError` where configurations and weight
    ///   files differ.
    public func prepare(_ request: EnhancementRequest) throws -> PreparedEnhancement {
        let settings = try request.settings(defaults)
        let shelf = try opened()
        let texts: [(FailureText, String)] = [
            ("\(field: "prompt")", settings.prompt),
            ("\(field: "negative_prompt")", settings.negativePrompt),
        ]
        let prepared = PreparedEnhancement(
            settings: settings,
            tokens: try texts.map {
                try shelf.prompts.tokenize($1, $0, truncates: settings.truncatesPrompt)
            })
        try shelf.compareWithFiles()
        return prepared
    }

    private func opened() throws -> EnhancementShelf {
        if let shelf { return shelf }
        let made = try makeShelf()
        shelf = made
        return made
    }

    /// The networks without weights, also for a plan that is made on another thread.
    nonisolated func makeShelf() throws -> EnhancementShelf {
        try EnhancementShelf(folder, device: device, dtype: dtype, residency: residency)
    }

    /// Brings networks into memory, if they are not there yet.
    private func use(_ networks: Set<Part.ID>) throws -> EnhancementShelf {
        let shelf = try opened()
        guard !shelf.resident.isSuperset(of: networks) else { return shelf }
        let start = ContinuousClock.now
        defer { timeline?.record("load weights", .enhancer, since: start) }
        try shelf.use(networks)
        return shelf
    }

    /// Encodes the prompts of a request.
    func begin(
        _ request: PreparedEnhancement, frames: Int?,
        progress: @escaping @Sendable (EnhancementProgress) -> Void
    ) throws -> EnhancementSession {
        let shelf = try use(EnhancementShelf.encoding)
        let start = ContinuousClock.now
        defer { timeline?.record("encode prompts", .enhancer, since: start) }
        let session = try withInferenceMode {
            try EnhancementSession(
                shelf.pipeline, settings: request.settings, rule: sizeRule,
                text: shelf.prompts.encode(request.tokens), frames: frames, progress: progress)
        }
        // The first frames may take long to come; the text transformer does not wait for them in memory.
        try shelf.use([])
        return session
    }

    /// Takes frames, or ends the video if there are none; returns the first frame that is finished then.
    func push(_ frames: [RGBFrame], to session: EnhancementSession) throws -> RGBFrame? {
        _ = try use(EnhancementShelf.enhancing)
        let start = ContinuousClock.now
        defer { timeline?.record("enhance", .enhancer, since: start) }
        return try withInferenceMode {
            if frames.isEmpty { session.finish() } else { try session.push(frames) }
            return try session.next()
        }
    }

    /// The next finished frame, or `nil` if there is none now.
    func next(_ session: EnhancementSession) throws -> RGBFrame? {
        guard session.hasWork else { return nil }
        _ = try use(EnhancementShelf.enhancing)
        let start = ContinuousClock.now
        defer { timeline?.record("enhance", .enhancer, since: start) }
        return try withInferenceMode { try session.next() }
    }
}
