public import Torch
public import VideoModels

/// Enhances a video of any length while it arrives: frames go in, and finished ones come out as early as they can.
///
/// A chunk can take step `s` as soon as it and the chunks that overlap it have taken step `s − 1`. So each arriving chunk
/// sets off a diagonal of evaluations, and what is in memory depends on the number of steps, not on the length of the
/// video. The result is, bit for bit, that of taking each step over the whole video before the next one.
///
/// Not thread-safe; after an error the enhancement cannot go on.
///
/// Source: Henschel et al., StreamingT2V, section "Auto-regressive Video Enhancement"; the order is our own.
public final class StreamingEnhancer {
    /// How a video is cut and put together.
    public struct Options: Sendable, Hashable {
        /// The chunks.
        public var grid: ChunkGrid
        /// How chunks are made to agree.
        public var blending: BlendingPolicy
        /// What happens to frames behind the last whole chunk.
        public var tail: ChunkGrid.Tail
        /// Approximate low-delay mode: in so many last steps, chunks are no longer blended; 0 is exact.
        ///
        /// In these steps all shared frames stay with the earlier chunk, which therefore need not wait for the later one;
        /// that one sees them, but leaves them as they are. Frames leave `reach · stride` input frames earlier for
        /// each such step but the first. They differ from those of the exact mode.
        public var lowDelaySteps: Int

        /// The release's blending with a padded tail, unless told otherwise.
        public init(
            grid: ChunkGrid, blending: BlendingPolicy = .code, tail: ChunkGrid.Tail = .padded,
            lowDelaySteps: Int = 0
        ) {
            self.grid = grid
            self.blending = blending
            self.tail = tail
            self.lowDelaySteps = lowDelaySteps
        }
    }

    let options: Options
    let sampler: any EnhancementSampler
    let network: any ChunkNetwork
    let noise: any FrameNoiseSource
    let seams: any SeamSource
    let timesteps: [Int]

    var levels: [StepState]
    private var received = 0
    private var delivered = 0
    private var frameShape: [Int]?
    private var lastFrame: Tensor?  // [1, C, 1, h, w], for a last chunk that is not full
    private(set) var lastChunk: Int?  // known at the end only
    private var total = 0  // frames that come out, known at the end only
    private var endingSteps = 0..<0  // steps that have not heard yet which chunk is the last
    private var finished: [Tensor] = []

    var grid: ChunkGrid { options.grid }

    /// An enhancement of one video.
    ///
    /// - Parameters:
    ///   - network: predicts what the sampler needs of one chunk.
    ///   - noise: the noise of each frame, usually a `RandomGenerator`.
    ///   - seams: the random numbers of blending, usually the same `RandomGenerator`.
    /// - Throws: `ConfigurationError.invalid` for a seam outside of the overlap or more low-delay steps than steps.
    public init(
        _ options: Options, sampler: any EnhancementSampler, network: any ChunkNetwork,
        noise: any FrameNoiseSource, seams: any SeamSource
    ) throws(ConfigurationError) {
        try options.blending.validate(overlap: options.grid.overlap)
        timesteps = sampler.timesteps
        guard (0...timesteps.count).contains(options.lowDelaySteps) else {
            throw .invalid(
                field: "low_delay_steps",
                rule: "must be from 0 to \(timesteps.count) steps, not \(options.lowDelaySteps)")
        }
        self.options = options
        self.sampler = sampler
        self.network = network
        self.noise = noise
        self.seams = seams
        // Chunks that share nothing take all their steps at once.
        levels = Array(
            repeating: StepState(), count: options.blending.sharesNoise ? timesteps.count : 1)
    }

    /// Takes the next frames of the video.
    ///
    /// - Parameter latents: clean, scaled latents `[1, C, n, h, w]`, any number of frames.
    /// - Returns: enhanced latents `[1, C, m, h, w]` of the frames that follow those returned before, or `nil`.
    public func push(_ latents: Tensor) throws -> Tensor? {
        guard lastChunk == nil else { throw EnhancementError.alreadyFinished }
        try check(latents)
        let count = latents.shape[2]
        guard count > 0 else { return nil }
        lastFrame = try latents.slice(2, count - 1..<count).copied()
        try enter(latents)
        try run()
        return try takeFinished()
    }

    /// Ends the video.
    ///
    /// - Returns: all frames that have not been returned yet, or `nil` if there are none.
    /// - Throws: `EnhancementError.tooShort` if the tail is dropped and there is no whole chunk.
    public func finish() throws -> Tensor? {
        guard lastChunk == nil else { throw EnhancementError.alreadyFinished }
        var parts: [Tensor] = []
        while let part = try finishNext() { parts.append(part) }
        return parts.isEmpty ? nil : try Tensor.concatenated(parts, axis: 2)
    }

    /// Ends the video in parts: works until further frames are final.
    ///
    /// - Returns: frames that follow those returned before, or `nil` if all have been.
    /// - Throws: `EnhancementError.tooShort` if the tail is dropped and there is no whole chunk.
    public func finishNext() throws -> Tensor? {
        if lastChunk == nil { try beginEnd() }
        while true {
            if try !runNext() {
                // What was waiting for a next chunk now knows that none will come.
                guard let step = endingSteps.popFirst() else { break }
                try release(step)
            }
            if let frames = try takeFinished(before: total) { return frames }
        }
        levels = levels.map { _ in StepState() }
        return nil
    }

    /// Fills the last chunk.
    private func beginEnd() throws {
        let chunks = try grid.chunkCount(frames: received, tail: options.tail)
        lastChunk = chunks - 1
        guard chunks > 0, let lastFrame else { return }
        total = min(received, grid.frameCount(chunks: chunks))
        endingSteps = levels.indices
        let missing = grid.frameCount(chunks: chunks) - received
        if missing > 0 {
            try enter(lastFrame.repeatedEach(missing, axis: 2))
        }
    }

    /// Frames of latents that are in memory: samples, remembered predictions and blended chunks that are not final.
    public var heldFrames: Int {
        levels.reduce(0) { $0 + $1.heldFrames }
    }

    /// Frames that must have arrived before the first one can leave.
    public var delay: Int {
        let last = levels.count - 1
        let waiting = min(last, levels.count - options.lowDelaySteps)
        return grid.frames(ofChunk: max(waiting, 0) * grid.reach).upperBound
    }

    private func check(_ latents: Tensor) throws(EnhancementError) {
        let shape = latents.shape
        guard shape.count == 5, shape[0] == 1 else {
            throw .latents(expected: "[1, C, n, h, w]", actual: shape)
        }
        let frame = [1, shape[1], 1, shape[3], shape[4]]
        if let frameShape, frameShape != frame {
            throw .latents(
                expected: "[1, \(frameShape[1]), n, \(frameShape[3]), \(frameShape[4])]",
                actual: shape)
        }
        frameShape = frame
    }

    /// Hands frames to the first step, with their noise if all chunks share it.
    private func enter(_ latents: Tensor) throws(TensorError) {
        let range = received..<received + latents.shape[2]
        received = range.upperBound
        guard options.blending.sharesNoise else {
            return try levels[0].samples.append(latents)
        }
        let noise = try startNoise(range, like: latents)
        try levels[0].samples.append(sampler.begin(latents, noise: noise))
    }

    /// Keeps frames until the call that made them final returns.
    func deliver(_ latents: Tensor) {
        finished.append(latents)
    }

    /// The finished frames, without those behind the end of the video.
    private func takeFinished(before end: Int = .max) throws(TensorError) -> Tensor? {
        guard !finished.isEmpty else { return nil }
        let latents = try Tensor.concatenated(finished, axis: 2)
        finished = []
        let wanted = min(latents.shape[2], end - delivered)
        delivered += wanted
        return wanted > 0 ? try latents.slice(2, 0..<wanted).contiguous() : nil
    }
}
