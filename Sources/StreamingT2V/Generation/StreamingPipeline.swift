package import Schedulers
package import Torch
import TorchNN
package import VideoModels

/// The networks of both stages and what one evaluation of them needs; lives on the generator's thread.
///
/// Source: the release's `model/video_ldm.py` and its text-to-video pipeline with conditioning.
package final class StreamingPipeline {
    package let unet: UNet3D
    /// The network of the first chunk, where that is another one.
    package let firstUNet: UNet3D?
    package let autoencoder: AutoencoderKL
    package let streaming: Streaming?
    package let scheduler: SchedulerConfiguration
    package let device: Device

    /// The parts that only chunks after the first need.
    package struct Streaming {
        package let configuration: StreamingConfiguration
        package let extractor: ConditioningExtractor
        package let projector: AnchorTokenProjector
        package let imageEncoder: CLIPImageEncoder

        package init(
            configuration: StreamingConfiguration, extractor: ConditioningExtractor,
            projector: AnchorTokenProjector, imageEncoder: CLIPImageEncoder
        ) {
            self.configuration = configuration
            self.extractor = extractor
            self.projector = projector
            self.imageEncoder = imageEncoder
        }
    }

    package init(
        unet: UNet3D, firstUNet: UNet3D? = nil, autoencoder: AutoencoderKL,
        streaming: Streaming?, scheduler: SchedulerConfiguration, device: Device
    ) {
        self.unet = unet
        self.firstUNet = firstUNet
        self.autoencoder = autoencoder
        self.streaming = streaming
        self.scheduler = scheduler
        self.device = device
    }

    /// Text, or text and anchor, for the evaluations of one step.
    package struct Conditioning {
        package let context: AttentionContext
        package let extractorContext: AttentionContext?
        package let guidance: BranchGuidance

        package init(
            context: AttentionContext, extractorContext: AttentionContext?,
            guidance: BranchGuidance
        ) {
            self.context = context
            self.extractorContext = extractorContext
            self.guidance = guidance
        }

        /// Evaluations of one step.
        var batch: Int { guidance.branches.count }

        /// The most conditioned branch alone.
        func unguided() throws(TensorError) -> Conditioning {
            Conditioning(
                context: try context.lastRow(), extractorContext: try extractorContext?.lastRow(),
                guidance: BranchGuidance(alone: guidance.branches[batch - 1]))
        }
    }

    /// Conditioning of the first chunk: text only.
    ///
    /// - Parameter text: `[2, 77, D]`, negative prompt and prompt.
    package func firstConditioning(
        text: Tensor, guidance: BranchGuidance
    ) throws(TensorError) -> Conditioning {
        let tokens = try guidance.rows(of: text, \.textRow)
        return Conditioning(
            context: AttentionContext(tokens, isCached: true), extractorContext: nil,
            guidance: guidance)
    }

    /// Conditioning of all further chunks: text and the anchor's tokens; the null image stands beside the negative
    /// prompt.
    ///
    /// - Parameters:
    ///   - text: `[2, 77, D]`, negative prompt and prompt.
    ///   - images: see ``imageTokens(anchor:_:)``.
    package func streamingConditioning(
        text: Tensor, images: Tensor, guidance: BranchGuidance, _ parts: Streaming
    ) throws(TensorError) -> Conditioning {
        let tokens = try tokens(text: text, images: images, guidance: guidance)
        return Conditioning(
            context: AttentionContext(tokens, isCached: true),
            extractorContext: try parts.extractor.context(tokens, isCached: true),
            guidance: guidance)
    }

    /// What each branch looks at, `[B, text + image, D]`.
    func tokens(
        text: Tensor, images: Tensor, guidance: BranchGuidance
    ) throws(TensorError) -> Tensor {
        try Tensor.concatenated(
            [guidance.rows(of: text, \.textRow), guidance.rows(of: images, \.imageRow)], axis: 1)
    }

    /// Tokens of the null image and the anchor, `[2, image, D]`.
    ///
    /// - Parameter anchor: the anchor frame `[1, 3, H, W]` in [−1, 1].
    package func imageTokens(
        anchor: Tensor, _ parts: Streaming
    ) throws(TensorError) -> Tensor {
        let images = try Tensor.concatenated([anchor.zerosLike(), anchor], axis: 0)
        return try parts.projector(parts.imageEncoder(parts.imageEncoder.preprocess(images)))
    }

    /// Denoises one chunk.
    ///
    /// - Parameters:
    ///   - shape: `[1, C, F, h, w]`.
    ///   - condition: the last frames of the chunk before, `[Fc, 3, H, W]` in [−1, 1], or `nil` for the first chunk.
    ///   - known: the chunk's first frames, if they are to be kept as they are.
    ///   - recorder: records the networks' evaluations, which are then replayed; the same chunk. It does not go with an
    ///     interval of whole steps, whose kept features would lie in another recording's memory.
    ///   - observe: is called after each step with its number, the guided prediction and the sample.
    /// - Returns: clean latents `[1, C, F, h, w]`, scaled.
    package func denoise(
        shape: [Int], chunk: Int, sampling: ChunkSampling,
        conditioning: Conditioning, condition: Tensor?, known: KnownFrames? = nil,
        noise: any NoiseSource, recorder: StepRecorder? = nil,
        observe: (Int, Tensor, Tensor) throws -> Void
    ) throws -> Tensor {
        precondition(
            recorder == nil || sampling.cacheInterval == 1, "kept features are not recorded")
        var sampler = Sampler(sampling, scheduler)
        let schedule = NoiseSchedule(scheduler)
        var sample = try start(shape, chunk: chunk, known: known, noise: noise)
        var encodedFrames: Tensor?
        if let condition, let streaming {
            let once = try streaming.extractor.frameEncoder(condition)
            encodedFrames = try Tensor.concatenated(
                Array(repeating: once, count: conditioning.batch), axis: 0)
        }
        let deep = sampling.cacheInterval > 1 ? DeepFeatures() : nil
        let graphs = recorder.map(StepGraphs.init)
        for (index, timestep) in sampler.timesteps.enumerated() {
            if let known { sample = try known.replaced(in: sample, at: timestep, schedule) }
            let isGuided = index < sampling.guidedSteps ?? .max
            if sampling.isWhole(step: index) { deep?.clear() }
            let prediction = try predict(
                sample, timestep: timestep, conditioning, isGuided: isGuided,
                encodedFrames: encodedFrames, deep: deep, graphs: graphs)
            sample = try sampler.step(sample, prediction: prediction, at: index) {
                () throws(TensorError) in
                try noise.stepNoise(shape, chunk: chunk, step: index).moved(to: device)
            }
            try observe(index, prediction, sample)
        }
        return try known.map { try $0.replaced(in: sample, by: $0.latents) } ?? sample
    }

    /// The noise that a chunk is denoised from, `[1, C, F, h, w]`: that of its known frames is theirs.
    package func start(
        _ shape: [Int], chunk: Int, known: KnownFrames?, noise: any NoiseSource
    ) throws(TensorError) -> Tensor {
        let fresh = try noise.initialNoise(shape, chunk: chunk).moved(to: device)
        guard let known else { return fresh }
        return try known.replaced(in: fresh, by: known.noise)
    }
}
