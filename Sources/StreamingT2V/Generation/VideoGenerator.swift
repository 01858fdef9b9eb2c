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

    private let folder: ModelFolder
    private let device: Device
    private let dtype: DType
    private let residency: Residency?
    private var shelf: NetworkShelf?
    private var sessions: [UUID: Session] = [:]

    /// What one running generation remembers: independent of how many chunks it has made.
    private struct Session {
        let request: GenerationRequest
        let text: Tensor  // [2, 77, D]
        var next = 0
        var delivered = 0
        var isOver = false
        var anchor: Tensor?  // the first frame of all, [1, 3, H, W] in [−1, 1]
        var previous: Tensor?  // the last kept frames, [8, 3, H, W] in [0, 1]
        var known: KnownFrames?  // the same ones as latents, if the next chunk keeps them
        var conditioning: StreamingPipeline.Conditioning?
    }

    /// Opens a model: reads its configurations, not yet its weights.
    ///
    /// - Parameters:
    ///   - folder: the model.
    ///   - device: where the networks run.
    ///   - dtype: what convolutions and matrix products compute in.
    ///   - residency: which networks stay in memory; `nil` keeps all where the chunks share a UNet, and else each until
    ///     its part is done.
    public init(
        model folder: ModelFolder, device: Device = .cpu, dtype: DType = .float32,
        residency: Residency? = nil
    ) throws {
        try folder.requireModel()
        try Runtime.require(device)
        self.folder = folder
        self.device = device
        self.dtype = dtype
        self.residency = residency
        defaults = try folder.generationDefaults()
        try folder.requireConsistency(defaults)
        scheduler = try folder.scheduler()
        let streaming =
            folder.has(.streaming) ? try folder.streamingConfiguration() : StreamingConfiguration()
        chunkFrames = streaming.frames
        keptFrames = streaming.frames - streaming.conditionalFrames
    }

    /// Number of chunks that `frames` frames need.
    public nonisolated func chunkCount(frames: Int) -> Int {
        1 + max(0, (frames - chunkFrames + keptFrames - 1) / keptFrames)
    }

    /// Numbers of the frames that a chunk adds.
    public nonisolated func frameRange(chunk: Int) -> Range<Int> {
        let start = chunk == 0 ? 0 : chunkFrames + (chunk - 1) * keptFrames
        return start..<chunkFrames + chunk * keptFrames
    }

    /// The video that `request` asks for, chunk by chunk; each is made when it is asked for.
    ///
    /// Cancelling the task that iterates stops within one denoising step.
    ///
    /// - Parameters:
    ///   - progress: is called from the generator's thread after each denoising step.
    ///   - review: judges each chunk before it becomes part of the video.
    public nonisolated func chunks(
        for request: GenerationRequest,
        progress: @escaping @Sendable (GenerationProgress) -> Void = { _ in },
        review: @escaping ChunkReview = { _ in .accept }
    ) -> VideoChunks {
        VideoChunks(generator: self, request: request, progress: progress, review: review)
    }

    /// Loads the weights, if that has not happened yet; those that are not to stay in memory are only compared with
    /// what the networks need.
    public func load() throws {
        try opened().open()
    }

    /// Throws if the request cannot be met: bad numbers, a prompt that does not fit, a model that cannot go on.
    public func check(_ request: GenerationRequest) throws {
        _ = try tokens(of: request)
    }

    /// Token numbers of the negative prompt and the prompt, after all checks.
    private func tokens(of request: GenerationRequest) throws -> [[Int]] {
        try request.validate(trainSteps: scheduler.trainSteps)
        if !folder.has(.streaming), (request.frames ?? .max) > chunkFrames {
            throw GenerationError.noStreaming(folder: folder.url.path)
        }
        let prompts = try opened().prompts
        return try [("--negative-prompt", request.negativePrompt), ("--prompt", request.prompt)]
            .map {
                try prompts.tokenize($1, option: $0, truncates: request.truncatesPrompt)
            }
    }

    private func opened() throws -> NetworkShelf {
        if let shelf { return shelf }
        let made = try NetworkShelf(folder, device: device, dtype: dtype, residency: residency)
        shelf = made
        return made
    }

    /// Checks the request and encodes its prompts.
    func begin(_ request: GenerationRequest) throws -> UUID {
        let tokens = try tokens(of: request)
        try load()
        let networks = try opened().filled([.textEncoder])
        let text = try withInferenceMode { () throws(TensorError) in
            try networks.prompts.encode(tokens)
        }
        let identifier = UUID()
        sessions[identifier] = Session(request: request, text: text)
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
        var attempts: [(session: Session, chunk: VideoChunk)] = []
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

    private func make(
        _ session: inout Session, _ networks: NetworkShelf, attempt: Int,
        progress: (GenerationProgress) -> Void
    ) throws -> VideoChunk {
        let pipeline = networks.pipeline
        let request = session.request
        let index = session.next
        let isFirst = index == 0
        let sampling =
            isFirst ? request.firstSampling(defaults) : request.streamingSampling(defaults)
        var loading = Duration.zero
        func use(_ wanted: Set<NetworkShelf.Network>) throws {
            loading += try ContinuousClock().measure { try networks.use(wanted) }
        }
        if !isFirst, session.conditioning == nil { try use([.imageEncoder, .projector]) }
        let conditioning = try conditioning(&session, pipeline, sampling)
        try use(isFirst ? [.firstUNet] : [.unet, .extractor])
        let factor = pipeline.autoencoder.configuration.factor
        let shape = [
            1, pipeline.autoencoder.configuration.latentChannels, chunkFrames,
            defaults.height / factor, defaults.width / factor,
        ]
        let chunks = request.frames.map(chunkCount)
        let noise = RandomGenerator(seed: request.seed &+ UInt64(attempt))
        let start = ContinuousClock.now
        let latents = try pipeline.denoise(
            shape: shape, chunk: index, sampling: sampling, conditioning: conditioning,
            condition: isFirst ? nil : session.previous.map { try $0 * 2 - 1 },
            known: session.known, noise: noise
        ) { step, _, _ in
            progress(
                GenerationProgress(
                    chunk: index, attempt: attempt, chunks: chunks, step: step + 1,
                    steps: sampling.steps))
            try Task.checkCancellation()
        }
        let denoised = ContinuousClock.now
        let loadingBefore = loading
        try use([.autoencoder])
        // A further chunk begins with the frames that it was conditioned on; only those behind them are new.
        let new = isFirst ? 0..<chunkFrames : chunkFrames - keptFrames..<chunkFrames
        let frames = try pipeline.decode(latents, frames: new)
        let conditional = chunkFrames - keptFrames
        if isFirst { session.anchor = try frames.slice(0, 0..<1) * 2 - 1 }
        // Where a chunk adds fewer frames than the next one is conditioned on, older ones stand before them.
        let recent = try Tensor.concatenated(
            [session.previous, frames].compactMap(\.self), axis: 0)
        session.previous = try recent.slice(0, recent.shape[0] - conditional..<recent.shape[0])
        if (request.join ?? defaults.join) == .keep {
            session.known = try KnownFrames(
                last: conditional, of: latents,
                noise: pipeline.start(shape, chunk: index, known: session.known, noise: noise))
        }
        let wanted = min(
            frames.shape[0], (request.frames ?? .max) - session.delivered)
        let pictures = try (frames.slice(0, 0..<wanted) * 2 - 1).frames()
        defer {
            session.next += 1
            session.delivered += wanted
        }
        return VideoChunk(
            index: index, attempt: attempt, firstFrame: session.delivered, frames: pictures,
            denoisingSeconds: (denoised - start) / .seconds(1),
            decodingSeconds: (ContinuousClock.now - denoised - (loading - loadingBefore))
                / .seconds(1),
            loadingSeconds: loading / .seconds(1))
    }

    /// What the chunk is conditioned on; of all chunks after the first it is the same and made once.
    private func conditioning(
        _ session: inout Session, _ pipeline: StreamingPipeline,
        _ sampling: GenerationRequest.Sampling
    ) throws -> StreamingPipeline.Conditioning {
        let isGuided = sampling.guidanceScale > 1
        guard session.next > 0 else {
            return try pipeline.firstConditioning(text: session.text, isGuided: isGuided)
        }
        if let conditioning = session.conditioning { return conditioning }
        guard let parts = pipeline.streaming, let anchor = session.anchor else {
            throw GenerationError.noStreaming(folder: folder.url.path)
        }
        let conditioning = try pipeline.streamingConditioning(
            text: session.text, anchor: anchor, isGuided: isGuided, parts)
        session.conditioning = conditioning
        return conditioning
    }
}
