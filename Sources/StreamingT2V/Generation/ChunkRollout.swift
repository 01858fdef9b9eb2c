package import Torch

/// The streaming loop of the paper: each chunk is made from the state that those before it left.
///
/// A value: a copy makes the same chunks, which is how several attempts at one begin alike. Frames are in [−1, 1].
///
/// Source: Henschel et al., StreamingT2V, sections "Conditional Attention Module" and "Appearance Preservation Module";
/// the release's `model/video_ldm.py`.
package struct ChunkRollout {
    /// Frames that a video begins with in place of a generated chunk, in [−1, 1].
    package struct Beginning {
        /// The anchor frame, `[1, 3, H, W]`.
        let anchor: Tensor
        /// The last frames, as many as a chunk is conditioned on, `[Fc, 3, H, W]`.
        let frames: Tensor

        package init(anchor: Tensor, frames: Tensor) {
            (self.anchor, self.frames) = (anchor, frames)
        }
    }

    /// A chunk that was made, and what it was made from.
    package struct Chunk {
        package let index: Int
        package let attempt: Int
        /// Clean, scaled latents, `[1, C, F, h, w]`.
        package let latents: Tensor
        /// The frames that it adds, `[n, 3, H, W]`.
        package let frames: Tensor
        /// What it was conditioned on.
        package let conditioning: StreamingPipeline.Conditioning
        /// The frames before it, `[Fc, 3, H, W]`; `nil` for the first chunk.
        package let condition: Tensor?
        /// The latents that it shares with the chunk before, if they were kept.
        package let known: KnownFrames?
        /// When the first denoising step began.
        let began: ContinuousClock.Instant
        /// Seconds of denoising, decoding, and reading weights.
        let seconds: (denoising: Double, decoding: Double, loading: Double)
    }

    /// What is told while a chunk is made.
    package struct Observer {
        /// Brings the networks of the next part of the work into memory.
        var use: (ChunkWork) throws -> Void = { _ in }
        /// Is called after each step with its number and the sample.
        var step: (Int, Tensor) throws -> Void = { _, _ in }
        /// Is told when each part of the work was done.
        var timeline: Timeline?

        package init(step: @escaping (Int, Tensor) throws -> Void = { _, _ in }) {
            self.step = step
        }

        init(
            timeline: Timeline?, use: @escaping (ChunkWork) throws -> Void,
            step: @escaping (Int, Tensor) throws -> Void
        ) {
            (self.timeline, self.use, self.step) = (timeline, use, step)
        }
    }

    /// What the next chunk needs of those before.
    package private(set) var state: StreamState

    private let pipeline: StreamingPipeline
    private let settings: SamplingSettings
    private let shape: [Int]
    private let conditionalFrames: Int
    private let beginning: Beginning?
    private let text: (Int) -> (prompt: Int, tokens: Tensor)
    private let noise: (Int) -> any NoiseSource
    private let recorder: StepRecorder?

    // Caches, which follow from the state.
    private var isRestored = false
    private var anchor: Tensor?
    private var previous: Tensor?
    private var known: KnownFrames?
    /// Tokens of the null image and the anchor, `[2, image, D]`.
    private var images: Tensor?
    /// The conditioning of all further chunks that follow one prompt.
    private var conditioning: (prompt: Int, value: StreamingPipeline.Conditioning)?

    /// A loop that goes on from a state.
    ///
    /// - Parameters:
    ///   - shape: of a chunk's latents, `[1, C, F, h, w]`.
    ///   - text: number and text tokens, `[2, N, D]` of the negative prompt and the prompt, of the prompt of a chunk.
    ///   - noise: the noise of an attempt.
    ///   - state: the state that an earlier loop with the same arguments left; the beginning if `nil`.
    ///   - beginning: what stands in the place of chunk 0, if that is not generated.
    ///   - recorder: records steps, which are then replayed; the same chunks.
    package init(
        _ pipeline: StreamingPipeline, _ settings: SamplingSettings, shape: [Int],
        text: @escaping (Int) -> (prompt: Int, tokens: Tensor),
        noise: @escaping (Int) -> any NoiseSource, from state: StreamState? = nil,
        beginning: Beginning? = nil, recorder: StepRecorder? = nil
    ) {
        self.pipeline = pipeline
        self.settings = settings
        self.shape = shape
        conditionalFrames = pipeline.streaming?.configuration.conditionalFrames ?? 0
        self.text = text
        self.noise = noise
        self.state = state ?? StreamState(isContinuation: beginning != nil)
        self.beginning = beginning
        self.recorder = recorder
    }

    private var chunkFrames: Int { shape[2] }

    /// Makes the next chunk and moves on.
    ///
    /// - Throws: `GenerationError.noStreaming` for a further chunk of a model that makes one only; what the networks and the
    ///   observer throw. The loop is then as it was before.
    package mutating func next(
        attempt: Int = 0, observer: Observer = Observer()
    ) throws -> Chunk {
        let index = state.nextChunk
        let sampling = index == 0 ? settings.first : settings.further
        var clock = Clock(chunk: index, observer)
        try restore(&clock)
        if index > 0, images == nil { try clock.use(.anchor) }
        let conditioning = try clock.measure("encode anchor") { try self.conditioning(sampling) }
        try clock.use(index == 0 ? .firstDenoising : .denoising)
        let noise = noise(attempt)
        let (condition, known) = (index == 0 ? nil : previous, known)
        let start = ContinuousClock.now
        var stepStart = start
        let latents = try pipeline.denoise(
            shape: shape, chunk: index, sampling: sampling, conditioning: conditioning,
            condition: condition, known: known, noise: noise, recorder: recorder
        ) { step, _, sample in
            clock.record("denoise", since: stepStart, ["step": step + 1])
            defer { stepStart = .now }
            try observer.step(step, sample)
        }.contiguous()
        let denoised = ContinuousClock.now
        let loadingBefore = clock.loading
        try clock.use(.coding)
        let chunk = StreamState.Chunk(index: index, attempt: attempt, latents: latents)
        let frames = try clock.measure("decode") { try decode(chunk) }
        try absorb(chunk, frames)
        state.append(chunk, keeping: neededChunks)
        return Chunk(
            index: index, attempt: attempt, latents: latents, frames: frames,
            conditioning: conditioning, condition: condition, known: known, began: start,
            seconds: (
                (denoised - start) / .seconds(1),
                (ContinuousClock.now - denoised - (clock.loading - loadingBefore)) / .seconds(1),
                clock.loading / .seconds(1)
            ))
    }

    /// The last frame so far, `[1, 3, H, W]`; `nil` at the beginning.
    ///
    /// - Parameter observer: brings the autoencoder into memory, if the state was loaded.
    package mutating func lastFrame(observer: Observer = Observer()) throws -> Tensor? {
        var clock = Clock(chunk: state.nextChunk, observer)
        try restore(&clock)
        return try previous.map { try $0.slice(0, $0.shape[0] - 1..<$0.shape[0]) }
    }

    /// How many of the last chunks have the frames that the next one is conditioned on.
    private var neededChunks: Int {
        let added = chunkFrames - conditionalFrames
        return (conditionalFrames + added - 1) / max(added, 1)
    }

    /// Computes the caches from the state, with the calls that made them the first time.
    private mutating func restore(_ clock: inout Clock) throws {
        guard !isRestored else { return }
        if let beginning {
            if settings.join == .keep { try clock.use(.coding) }
            try adopt(beginning)
        }
        for chunk in state.chunks {
            try clock.use(.coding)
            try absorb(chunk, decode(chunk))
        }
        isRestored = true
    }

    /// Takes frames that were not generated.
    private mutating func adopt(_ beginning: Beginning) throws {
        anchor = beginning.anchor
        // Rounded as decoded frames are, which come out of [0, 1].
        previous = try beginning.frames + 1 - 1
        guard settings.join == .keep else { return }
        // Generated frames keep the noise that they were made from; these have none, so they are given some.
        var few = shape
        few[2] = conditionalFrames
        known = KnownFrames(
            latents: try pipeline.encode(beginning.frames),
            noise: try noise(0).initialNoise(few, chunk: 0).moved(to: pipeline.device))
    }

    /// The frames that a chunk adds: a further one begins with those that it was conditioned on.
    private func decode(_ chunk: StreamState.Chunk) throws(TensorError) -> Tensor {
        let new = chunk.index == 0 ? 0..<chunkFrames : conditionalFrames..<chunkFrames
        return try pipeline.decode(chunk.latents, frames: new, atOnce: settings.framesPerDecode)
    }

    /// Moves the caches past a chunk.
    private mutating func absorb(_ chunk: StreamState.Chunk, _ frames: Tensor) throws {
        if chunk.index == 0 { anchor = try frames.slice(0, 0..<1) }
        // Where a chunk adds fewer frames than the next one is conditioned on, older ones stand before them.
        let recent = try Tensor.concatenated([previous, frames].compactMap(\.self), axis: 0)
        let count = recent.shape[0]
        previous = try recent.slice(0, max(0, count - conditionalFrames)..<count)
        guard settings.join == .keep else { return }
        known = try KnownFrames(
            last: conditionalFrames, of: chunk.latents,
            noise: pipeline.start(
                shape, chunk: chunk.index, known: known, noise: noise(chunk.attempt)))
    }

    /// What the next chunk is conditioned on; made once for all further chunks that follow one prompt.
    private mutating func conditioning(
        _ sampling: ChunkSampling
    ) throws -> StreamingPipeline.Conditioning {
        let (prompt, tokens) = text(state.nextChunk)
        guard state.nextChunk > 0 else {
            return try pipeline.firstConditioning(text: tokens, guidance: sampling.guidance)
        }
        if let (made, value) = conditioning, made == prompt { return value }
        guard let parts = pipeline.streaming, let anchor else {
            throw TensorError.shapeMismatch(
                place: "a chunk after the first",
                expected: "a model with CAM and APM, and an anchor",
                actual: shape)
        }
        let images = try images ?? pipeline.imageTokens(anchor: anchor, parts)
        let value = try pipeline.streamingConditioning(
            text: tokens, images: images, guidance: sampling.guidance, parts)
        self.images = images
        conditioning = (prompt, value)
        return value
    }

    /// Measures the parts of one chunk's work.
    private struct Clock {
        let chunk: Int
        let observer: Observer
        private(set) var loading = Duration.zero

        init(chunk: Int, _ observer: Observer) {
            (self.chunk, self.observer) = (chunk, observer)
        }

        mutating func use(_ work: ChunkWork) throws {
            let start = ContinuousClock.now
            try observer.use(work)
            loading += ContinuousClock.now - start
            record("load weights", since: start)
        }

        func measure<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
            let start = ContinuousClock.now
            defer { record(name, since: start) }
            return try body()
        }

        func record(
            _ name: String, since start: ContinuousClock.Instant, _ details: [String: Int] = [:]
        ) {
            observer.timeline?.record(
                name, .generator, since: start, ["chunk": chunk].merging(details) { $1 })
        }
    }
}
