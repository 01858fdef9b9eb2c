public import Schedulers
public import Torch
import Foundation
import TorchNN
import VideoIO
import VideoModels

/// Generates videos of any length, chunk by chunk, on a thread of its own.
///
/// Source: Henschel et al., StreamingT2V, sections "Conditional Attention Module" and "Appearance Preservation Module";
/// the loop is the release's (`model/video_ldm.py`).
public actor VideoGenerator {
    private let executor = ModelExecutor(name: "generator")

    /// The thread that owns all networks and tensors.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// How the model wants to be sampled.
    public nonisolated let defaults: GenerationDefaults
    /// The model's noise schedule.
    public nonisolated let scheduler: SchedulerConfiguration

    /// Frames of a chunk.
    nonisolated let chunkFrames: Int
    /// Frames that each chunk after the first adds.
    nonisolated let keptFrames: Int
    /// Which sizes of pictures the model can make.
    nonisolated let sizeRule: FrameSizeRule

    nonisolated let folder: ModelFolder
    private let device: Device
    private let dtype: DType
    private let residency: Residency?
    let recorder: StepRecorder?
    let timeline: Timeline?
    private var shelf: NetworkShelf?
    private var sessions: [UUID: GenerationSession] = [:]

    /// Opens a model: reads its configurations, not yet its weights.
    ///
    /// - Parameters:
    ///   - folder: the model.
    ///   - device: where the networks run.
    ///   - dtype: what convolutions and matrix products compute in.
    ///   - residency: which networks stay in memory; `nil` keeps all where the chunks share a UNet, and else each until
    ///     its part is done.
    ///   - recorder: records steps of denoising, so that the steps behind them take less of the processor; the same video.
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
        sizeRule = FrameSizeRule(
            defaults, autoencoder: try folder.autoencoderConfiguration(),
            unet: try folder.unetConfiguration())
    }

    /// Which frames each chunk of a video adds.
    ///
    /// - Parameter footage: what the video begins with, if that is not generated.
    public nonisolated func plan(continuing footage: Footage? = nil) -> ChunkPlan {
        ChunkPlan(firstFrames: footage?.frameCount ?? chunkFrames, addedFrames: keptFrames)
    }

    /// Width and height of the video that is asked for, in pixels.
    ///
    /// - Throws: `GenerationError.invalidOption` for a size that the model cannot make.
    public nonisolated func size(
        of request: GenerationRequest
    ) throws(GenerationError) -> (width: Int, height: Int) {
        try sizeRule.size(of: request)
    }

    /// The video that `request` asks for, chunk by chunk; each is made when it is asked for.
    ///
    /// Cancelling the task that iterates stops within one denoising step.
    ///
    /// - Parameters:
    ///   - footage: what the video begins with instead of a generated chunk; the request's frames come behind it.
    ///   - progress: is called from the generator's thread after each denoising step.
    ///   - review: judges each generated chunk before it becomes part of the video.
    public nonisolated func chunks(
        for request: GenerationRequest, continuing footage: Footage? = nil,
        progress: @escaping @Sendable (GenerationProgress) -> Void = { _ in },
        review: @escaping ChunkReview = { _ in .accept }
    ) -> VideoChunks {
        VideoChunks(
            generator: self, request: request, footage: footage, progress: progress,
            review: review)
    }

    /// Loads the weights, if that has not happened yet; those that are not to stay in memory are only compared with
    /// what the networks need.
    ///
    /// - Parameter footage: what the next video begins with; the first chunk's UNet is left out then.
    public func load(continuing footage: Footage? = nil) throws {
        let start = ContinuousClock.now
        try opened().open(without: footage == nil ? [] : [.firstUNet])
        timeline?.record("load weights", .generator, since: start)
    }

    /// Throws if the request cannot be met: bad numbers, a prompt that does not fit, a model that cannot go on, or whose
    /// configurations and weight files differ.
    public func check(_ request: GenerationRequest, continuing footage: Footage? = nil) throws {
        let schedule = try schedule(of: request, footage)
        _ = try tokens(of: request, schedule)
        try opened().compareWithFiles(without: footage == nil ? [] : [.firstUNet])
    }

    /// Which prompt each chunk follows, after all checks but those of their lengths.
    private func schedule(
        of request: GenerationRequest, _ footage: Footage?
    ) throws(GenerationError) -> PromptSchedule {
        try request.validate(trainSteps: scheduler.trainSteps)
        if recorder != nil, let interval = request.cacheInterval, interval > 1 {
            throw .invalidOption(
                "--cuda-graphs",
                "replays whole steps; leave it away, or --cache-interval \(interval)")
        }
        let most = max(
            request.firstSampling(defaults).steps, request.streamingSampling(defaults).steps)
        for (option, count) in [
            ("--guided-steps", request.guidedSteps), ("--cache-interval", request.cacheInterval),
        ] {
            guard let count, count > most else { continue }
            throw .invalidOption(
                option, "must be at most the \(most) steps of a chunk, not \(count)")
        }
        let size = try size(of: request)
        if let footage {
            try require(footage, size, for: request)
            return try PromptSchedule(
                request, plan(continuing: footage),
                frames: request.frames.map { $0 + footage.frameCount }, start: 1)
        }
        if !folder.has(.streaming), (request.frames ?? .max) > chunkFrames {
            throw .noStreaming(folder: folder.url.path)
        }
        return try PromptSchedule(request, plan(), frames: request.frames)
    }

    /// Token numbers of the negative prompt and of each prompt of the schedule.
    private func tokens(
        of request: GenerationRequest, _ schedule: PromptSchedule
    ) throws -> (negative: [Int], prompts: [[Int]]) {
        let prompts = try opened().prompts
        func tokens(_ text: String, _ option: String) throws -> [Int] {
            try prompts.tokenize(text, option: option, truncates: request.truncatesPrompt)
        }
        return (
            try tokens(request.negativePrompt, "--negative-prompt"),
            try schedule.entries.map { try tokens($0.prompt, $0.option) }
        )
    }

    func opened() throws -> NetworkShelf {
        if let shelf { return shelf }
        let made = try NetworkShelf(folder, device: device, dtype: dtype, residency: residency)
        shelf = made
        return made
    }

    /// Checks the request and encodes its prompts.
    func begin(_ request: GenerationRequest, continuing footage: Footage?) throws -> UUID {
        let schedule = try schedule(of: request, footage)
        let (negative, prompts) = try tokens(of: request, schedule)
        try load(continuing: footage)
        let beginning = ContinuousClock.now
        let networks = try opened().filled([.textEncoder])
        timeline?.record("load weights", .generator, since: beginning)
        let start = ContinuousClock.now
        defer { timeline?.record("encode prompts", .generator, since: start) }
        // In pairs, so that a prompt's tokens are the same bits whatever other prompts there are.
        let texts = try withInferenceMode { () throws(TensorError) in
            var texts: [Tensor] = []
            for prompt in prompts { texts.append(try networks.prompts.encode([negative, prompt])) }
            return texts
        }
        let identifier = UUID()
        sessions[identifier] = GenerationSession(
            request: request, footage: footage, size: try size(of: request),
            plan: plan(continuing: footage), schedule: schedule, texts: texts)
        return identifier
    }

    /// Forgets a generation.
    func end(_ identifier: UUID) {
        sessions[identifier] = nil
    }

    /// Makes the next chunk, as often as the reviewer asks for it, or returns `nil` behind the last.
    func next(
        _ identifier: UUID, progress: @Sendable (GenerationProgress) -> Void, review: ChunkReview
    ) throws -> VideoChunk? {
        guard let before = sessions[identifier], let shelf, !before.isOver else { return nil }
        if let frames = before.request.frames, before.delivered >= frames { return nil }
        var attempts: [(session: GenerationSession, chunk: VideoChunk)] = []
        while true {
            var session = before
            let attempt = attempts.count
            let chunk = try withInferenceMode {
                try make(&session, shelf, attempt: attempt, progress: progress)
            }
            attempts.append((session, chunk))
            let taken: Int
            switch review(chunk) {
            case .retry: continue
            case .accept: taken = attempts.count - 1
            case .take(let attempt): taken = min(max(attempt, 0), attempts.count - 1)
            case .stop:
                sessions[identifier]?.isOver = true
                return nil
            }
            sessions[identifier] = attempts[taken].session
            return attempts[taken].chunk
        }
    }
}
