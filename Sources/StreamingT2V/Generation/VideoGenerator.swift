public import Foundation
public import Foundations
public import Schedulers
public import Torch
import TorchNN
import VideoIO
import VideoModels

/// Generates videos of any length, chunk by chunk, on a thread of its own.
///
/// ``prepare(_:continuing:)`` checks a request; all else takes what it returns. The loop itself is `ChunkRollout`.
public actor VideoGenerator {
    private let executor = ModelExecutor(name: "generator")

    /// The thread that owns all networks and tensors.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// How often a chunk is made again at most, whatever a reviewer says.
    public static let attemptLimit = 16

    /// How the model wants to be used.
    public nonisolated let defaults: GenerationDefaults
    /// The model's noise schedule.
    public nonisolated let scheduler: SchedulerConfiguration

    /// Frames of a chunk.
    nonisolated let chunkFrames: Int
    /// Frames that each chunk after the first adds.
    nonisolated let keptFrames: Int
    /// Which sizes of pictures the model can make.
    nonisolated let sizeRule: FrameSizeRule
    /// Channels of a latent, and pixels along one side of it.
    private nonisolated let latents: (channels: Int, factor: Int)

    /// The model.
    public nonisolated let folder: ModelFolder
    /// Where the networks run.
    public nonisolated let device: Device
    /// What convolutions and matrix products compute in.
    public nonisolated let dtype: DType
    private let residency: Residency?
    let recorder: StepRecorder?
    nonisolated let timeline: Timeline?
    private var shelf: NetworkShelf?

    /// Opens a model: reads its configurations, not yet its weights.
    ///
    /// - Parameters:
    ///   - folder: the model.
    ///   - device: where the networks run.
    ///   - dtype: what convolutions and matrix products compute in.
    ///   - residency: which networks stay in memory; `nil` keeps all where the chunks share a UNet, and else each until
    ///     its part is done.
    ///   - recorder: records steps of denoising, so that later steps take less of the processor; the same video.
    ///   - timeline: is told when each part of the work was done.
    public init(
        model folder: ModelFolder, device: Device = .cpu, dtype: DType = .float32,
        residency: Residency? = nil, recorder: StepRecorder? = nil, timeline: Timeline? = nil
    ) throws {
        try folder.requireModel()
        try Runtime.require(device)
        self.folder = folder
        self.device = device
        self.dtype = dtype
        self.residency = residency
        self.recorder = recorder
        self.timeline = timeline
        defaults = try folder.generationDefaults()
        try folder.requireConsistency(defaults)
        scheduler = try folder.scheduler()
        let streaming =
            folder.has(.streaming) ? try folder.streamingConfiguration() : StreamingConfiguration()
        chunkFrames = streaming.frames
        keptFrames = streaming.frames - streaming.conditionalFrames
        let autoencoder = try folder.autoencoderConfiguration()
        latents = (autoencoder.latentChannels, autoencoder.factor)
        sizeRule = FrameSizeRule(
            defaults, autoencoder: autoencoder, unet: try folder.unetConfiguration())
    }

    /// Which frames each chunk of a video adds.
    ///
    /// - Parameter footage: what the video begins with, if that is not generated.
    public nonisolated func plan(continuing footage: Footage? = nil) -> ChunkPlan {
        ChunkPlan(firstFrames: footage?.frameCount ?? chunkFrames, addedFrames: keptFrames)
    }

    /// How the chunks of a video are made.
    ///
    /// - Throws: `InvalidField` for a value that no model or not this one can meet.
    public nonisolated func settings(
        of request: GenerationRequest
    ) throws(InvalidField) -> SamplingSettings {
        try request.validate()
        let settings = try request.settings(defaults)
        try sizeRule.require(settings)
        try settings.validate(trainSteps: scheduler.trainSteps)
        return settings
    }

    /// Checks a request, fills in the model's defaults, and splits its prompts into tokens.
    ///
    /// - Parameter footage: what the video begins with instead of a generated chunk; the request's frames follow it.
    /// - Throws: `InvalidField`, `GenerationError` for what the model cannot do, `CheckpointError` where configurations and
    ///   weight files differ.
    public func prepare(
        _ request: GenerationRequest, continuing footage: Footage? = nil
    ) throws -> PreparedRequest {
        let settings = try settings(of: request)
        if recorder != nil, settings.cacheInterval > 1 {
            throw InvalidField(
                "cuda_graphs",
                "replays whole steps; omit it, or \(field: "cache_interval") "
                    + "\(settings.cacheInterval)")
        }
        if let footage {
            try require(footage, settings, for: request)
        } else if !folder.has(.streaming), (request.frames ?? .max) > chunkFrames {
            throw GenerationError.noStreaming(folder: folder.url.path, frames: chunkFrames)
        }
        let plan = plan(continuing: footage)
        let schedule = try PromptSchedule(
            request, plan, frames: request.frames.map { $0 + (footage?.frameCount ?? 0) },
            start: footage == nil ? 0 : 1)
        let shelf = try opened()
        func tokens(_ text: String, _ name: FailureText) throws -> [Int] {
            try shelf.prompts.tokenize(text, name, truncates: request.truncatesPrompt)
        }
        let prepared = PreparedRequest(
            request: request, footage: footage, settings: settings, plan: plan,
            schedule: schedule,
            tokens: (
                try tokens(request.negativePrompt, "\(field: "negative_prompt")"),
                try schedule.entries.map { try tokens($0.prompt, $0.name) }
            ))
        try shelf.compareWithFiles(without: unused(prepared))
        return prepared
    }

    /// The video that is asked for, chunk by chunk; each is made when it is asked for.
    ///
    /// Cancelling the task that iterates stops within one denoising step.
    ///
    /// - Parameters:
    ///   - state: a file that ``VideoChunks/Iterator/saveState(to:)`` has written for the same request: the chunks after
    ///     it are made.
    ///   - progress: is called from the generator's thread after each denoising step.
    ///   - review: judges each generated chunk before it becomes part of the video.
    public nonisolated func chunks(
        for request: PreparedRequest, from state: URL? = nil,
        progress: @escaping @Sendable (GenerationProgress) -> Void = { _ in },
        review: @escaping ChunkReview = { _ in .accept }
    ) -> VideoChunks {
        VideoChunks(
            generator: self, request: request, state: state, progress: progress, review: review)
    }

    /// Loads the weights, if that has not happened yet; those that are not to stay in memory are only compared with
    /// what the networks need.
    public func load(for request: PreparedRequest) throws {
        let start = ContinuousClock.now
        try opened().open(without: unused(request))
        timeline?.record("load weights", .generator, since: start)
    }

    /// The networks that a video does without.
    private func unused(_ request: PreparedRequest) -> Set<Part.ID> {
        request.footage == nil ? [] : [.firstUNet]
    }

    func opened() throws -> NetworkShelf {
        if let shelf { return shelf }
        let made = try NetworkShelf(folder, device: device, dtype: dtype, residency: residency)
        shelf = made
        return made
    }

    /// Encodes the prompts of a request.
    func begin(_ request: PreparedRequest, from state: URL?) throws -> GenerationSession {
        try load(for: request)
        let shelf = try opened()
        let beginning = ContinuousClock.now
        try shelf.use(ChunkWork.prompts.networks)
        timeline?.record("load weights", .generator, since: beginning)
        let start = ContinuousClock.now
        // In pairs, so that a prompt's tokens are the same bits whatever other prompts there are.
        let texts = try withInferenceMode { () throws(TensorError) in
            var texts: [Tensor] = []
            for prompt in request.tokens.prompts {
                texts.append(try shelf.prompts.encode([request.tokens.negative, prompt]))
            }
            return texts
        }
        timeline?.record("encode prompts", .generator, since: start)
        let shape = [
            1, latents.channels, chunkFrames, request.settings.height / latents.factor,
            request.settings.width / latents.factor,
        ]
        let conditional = chunkFrames - keptFrames
        let loaded = try state.map { file in
            try StreamState.load(
                from: file, for: request, shape: shape,
                needing: (conditional + keptFrames - 1) / keptFrames, device: device)
        }
        let seed = request.request.seed
        let rollout = ChunkRollout(
            shelf.pipeline, request.settings, shape: shape,
            text: { [schedule = request.schedule] chunk in
                let prompt = schedule.index(chunk: chunk)
                return (prompt, texts[prompt])
            },
            noise: { RandomGenerator(seed: seed &+ UInt64($0)) },
            from: loaded?.state,
            beginning: try request.footage.map { footage in
                ChunkRollout.Beginning(
                    anchor: try Tensor.images(Array(footage.recentFrames.prefix(1)))
                        .moved(to: device),
                    frames: try Tensor.images(footage.lastFrames(conditional))
                        .moved(to: device))
            }, recorder: recorder)
        return GenerationSession(
            request, rollout, reviewer: state.map { ($0, loaded?.reviewer) })
    }

    /// Makes the next chunk, as often as the reviewer asks for it, or returns `nil` after the last.
    func next(
        _ session: GenerationSession, progress: @escaping @Sendable (GenerationProgress) -> Void,
        review: ChunkReview
    ) throws -> VideoChunk? {
        let shelf = try opened()
        return try withInferenceMode {
            try session.next(shelf, timeline: timeline, progress: progress, review: review)
        }
    }

    /// Writes what a session needs to go on later.
    func save(_ session: GenerationSession, to url: URL, reviewer: Data?) throws {
        try session.rollout.state.save(to: url, of: session.request, reviewer: reviewer)
    }

    /// Gives a reviewer what the state of a session holds for it.
    func restore(_ reviewer: any ChunkReviewer, in session: GenerationSession) throws {
        guard let (file, notes) = session.reviewer else { return }
        let shelf = try opened()
        let frame = try withInferenceMode { try session.lastFrame(shelf, timeline: timeline) }
        guard let notes, let frame else {
            throw GenerationError.unusableState(
                file: file.path, reason: "its video was made without a watch")
        }
        try reviewer.restore(notes, lastFrame: frame)
    }
}
