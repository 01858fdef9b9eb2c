import Torch

/// How one chunk is made.
extension VideoGenerator {
    /// Makes the next chunk of a session and moves the session on.
    func make(
        _ session: inout GenerationSession, _ networks: NetworkShelf, attempt: Int,
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
            let start = ContinuousClock.now
            try networks.use(wanted)
            loading += ContinuousClock.now - start
            timeline?.record("load weights", .generator, since: start, ["chunk": index])
        }
        let factor = pipeline.autoencoder.configuration.factor
        let shape = [
            1, pipeline.autoencoder.configuration.latentChannels, chunkFrames,
            session.size.height / factor, session.size.width / factor,
        ]
        if let footage = session.footage, session.anchor == nil {
            if keepsFrames(request) { try use([.autoencoder]) }
            try adopt(
                footage, in: &session, pipeline, noise: RandomGenerator(seed: request.seed),
                shape: shape)
        }
        if !isFirst, session.images == nil { try use([.imageEncoder, .projector]) }
        let beginning = ContinuousClock.now
        let conditioning = try conditioning(&session, pipeline, sampling)
        timeline?.record("encode anchor", .generator, since: beginning, ["chunk": index])
        try use(isFirst ? [.firstUNet] : [.unet, .extractor])
        let chunks = session.frameCount.map(session.plan.chunkCount)
        let noise = RandomGenerator(seed: request.seed &+ UInt64(attempt))
        let start = ContinuousClock.now
        var stepStart = start
        let latents = try pipeline.denoise(
            shape: shape, chunk: index, sampling: sampling, conditioning: conditioning,
            condition: isFirst ? nil : session.previous.map { try $0 * 2 - 1 },
            known: session.known, noise: noise, recorder: recorder
        ) { step, _, _ in
            timeline?.record(
                "denoise", .generator, since: stepStart, ["chunk": index, "step": step + 1])
            defer { stepStart = .now }
            progress(
                GenerationProgress(
                    chunk: index, attempt: attempt, chunks: chunks, step: step + 1,
                    steps: sampling.steps))
            try Task.checkCancellation()
        }
        let denoised = ContinuousClock.now
        let loadingBefore = loading
        try use([.autoencoder])
        let decoding = ContinuousClock.now
        // A further chunk begins with the frames that it was conditioned on; only those behind them are new.
        let new = isFirst ? 0..<chunkFrames : chunkFrames - keptFrames..<chunkFrames
        let frames = try pipeline.decode(
            latents, frames: new, atOnce: request.framesPerDecode)
        timeline?.record("decode", .generator, since: decoding, ["chunk": index])
        let conditional = chunkFrames - keptFrames
        if isFirst { session.anchor = try frames.slice(0, 0..<1) * 2 - 1 }
        // Where a chunk adds fewer frames than the next one is conditioned on, older ones stand before them.
        let recent = try Tensor.concatenated(
            [session.previous, frames].compactMap(\.self), axis: 0)
        session.previous = try recent.slice(0, recent.shape[0] - conditional..<recent.shape[0])
        if keepsFrames(request) {
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
            index: index, attempt: attempt, firstFrame: session.nextFrame, frames: pictures,
            denoisingSeconds: (denoised - start) / .seconds(1),
            decodingSeconds: (ContinuousClock.now - denoised - (loading - loadingBefore))
                / .seconds(1),
            loadingSeconds: loading / .seconds(1))
    }

    /// What the chunk is conditioned on; the same for all chunks after the first that follow one prompt, and made once
    /// for those.
    private func conditioning(
        _ session: inout GenerationSession, _ pipeline: StreamingPipeline,
        _ sampling: GenerationRequest.Sampling
    ) throws -> StreamingPipeline.Conditioning {
        let prompt = session.schedule.index(chunk: session.next)
        let text = session.texts[prompt]
        guard session.next > 0 else {
            return try pipeline.firstConditioning(text: text, guidance: sampling.firstGuidance)
        }
        if let (made, value) = session.conditioning, made == prompt { return value }
        guard let parts = pipeline.streaming, let anchor = session.anchor else {
            throw GenerationError.noStreaming(folder: folder.url.path)
        }
        let images = try session.images ?? pipeline.imageTokens(anchor: anchor, parts)
        let conditioning = try pipeline.streamingConditioning(
            text: text, images: images, guidance: sampling.streamingGuidance, parts)
        session.images = images
        session.conditioning = (prompt, conditioning)
        return conditioning
    }
}
