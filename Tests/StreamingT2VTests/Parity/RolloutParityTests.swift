import Checkpoints
import Testing
import Torch
import TorchNN
import VideoModels

@testable import StreamingT2V

/// The streaming loop of the release against `rollout.safetensors`: chunk 0 is given, the others are made.
@Suite struct RolloutParityTests {
    /// Where a chunk's conditional frames come from.
    enum Start: CaseIterable {
        /// From the reference, so that each chunk stands for itself.
        case reference
        /// From the chunk made before, as in the product.
        case own
    }

    private let file: FixtureFile
    private let configuration: CoreConfiguration
    private let weights: SafetensorsArchive

    init() throws {
        file = try FixtureFile("rollout")
        configuration = try CoreConfiguration()
        weights = try SafetensorsArchive(url: CoreFixtures.url("weights.safetensors"))
    }

    @Test(arguments: Start.allCases, [false, true])
    func rolloutMatchesReference(start: Start, isPrepared: Bool) throws {
        try withInferenceMode {
            let pipeline = try pipeline(isPrepared: isPrepared)
            let given = try file("video0")  // [F, 3, H, W] in [0, 1]
            let text = try text()
            let conditioning = try conditioning(pipeline, text, anchor: given)
            let reference = try file("final_video_new")
            let noise = ReplayedNoise(
                initial: try file("init_noise"), step: try file("step_noise"))
            let kept = configuration.streaming.frames - configuration.streaming.conditionalFrames
            let chunks = configuration.sampling.nChunks - 1
            #expect(noise.initial.shape[0] == chunks)
            #expect(reference.shape[0] == chunks * kept)

            var video = given
            for chunk in 1...chunks {
                let made = try self.chunk(
                    chunk, pipeline, conditioning, after: video, noise,
                    isForced: start == .reference)
                let range = (chunk - 1) * kept..<chunk * kept
                let expected = try reference.slice(0, range)
                try expectClose(made, expected, tolerance: 1e-4, "frames \(range), \(start)")
                video = try Tensor.concatenated(
                    [video, start == .own ? made : expected], axis: 0)
            }
            if start == .reference { file.expectAllUsed() }
        }
    }

    /// Makes one chunk and returns its new frames; compares each step if the chunk began where the reference did.
    private func chunk(
        _ chunk: Int, _ pipeline: StreamingPipeline, _ conditioning: StreamingPipeline.Conditioning,
        after video: Tensor, _ noise: ReplayedNoise, isForced: Bool
    ) throws -> Tensor {
        let (frames, overlap) = (
            configuration.streaming.frames, configuration.streaming.conditionalFrames
        )
        let (predictions, samples) = (try file("guided_eps"), try file("prev_sample"))
        #expect(predictions.shape[1] == configuration.sampling.steps)
        var steps = 0
        let latents = try pipeline.denoise(
            shape: [1] + noise.initial.shape.dropFirst(), chunk: chunk, sampling: sampling,
            conditioning: conditioning,
            condition: video.slice(0, video.shape[0] - overlap..<video.shape[0]) * 2 - 1,
            noise: noise
        ) { step, prediction, sample in
            steps += 1
            guard isForced else { return }
            func row(_ tensor: Tensor) throws -> Tensor {
                try tensor.selected(0, chunk - 1).selected(0, step)  // [F, C, h, w]
            }
            func frameMajor(_ tensor: Tensor) throws -> Tensor {
                try tensor.selected(0, 0).permuted(1, 0, 2, 3)
            }
            try expectClose(
                frameMajor(prediction), row(predictions), tolerance: 1e-4,
                "guided_eps[\(chunk - 1), \(step)]")
            try expectClose(
                frameMajor(sample), row(samples), tolerance: 3e-4,
                "prev_sample[\(chunk - 1), \(step)]")
        }
        #expect(steps == configuration.sampling.steps)
        for name in file.names {
            guard let match = try /chunk(\d+)_dropped_frames_first(\d+)/.wholeMatch(in: name),
                Int(match.output.1) == chunk
            else { continue }
            let expected = try file(name)
            #expect(Int(match.output.2) == expected.shape[0])
            try expectClose(
                pipeline.decode(latents, frames: 0..<expected.shape[0]), expected,
                tolerance: 1e-4, name)
        }
        return try pipeline.decode(latents, frames: overlap..<frames)
    }

    private var sampling: GenerationRequest.Sampling {
        GenerationRequest.Sampling(
            solver: .ddim, steps: configuration.sampling.steps,
            guidanceScale: configuration.sampling.guidanceScale, eta: configuration.sampling.eta)
    }

    /// Checks the visited steps and the tokens that all chunks look at.
    private func conditioning(
        _ pipeline: StreamingPipeline, _ text: Tensor, anchor video: Tensor
    ) throws -> StreamingPipeline.Conditioning {
        let timesteps = try file("timesteps").values(as: Int64.self).map { Int($0) }
        #expect(Sampler(sampling, configuration.scheduler).timesteps == timesteps)
        let parts = try #require(pipeline.streaming)
        let anchor = try video.slice(0, 0..<1) * 2 - 1
        let tokens = try file("prompt_embeds_uncond_cond")
        let scale = max(1, try tokens.absolute().maximum().item())
        try expectClose(
            pipeline.promptTokens(text: text, anchor: anchor, parts), tokens,
            tolerance: 1e-5 * scale, "prompt_embeds_uncond_cond")
        return try pipeline.streamingConditioning(
            text: text, anchor: anchor, isGuided: true, parts)
    }

    /// Text tokens of the negative prompt and the prompt, `[2, N, D]`.
    private func text() throws -> Tensor {
        let encoder = CLIPTextEncoder(configuration.text)
        try encoder.load(from: weights, keyMap: .textEncoder(prefix: "text_encoder"))
        let ids = try FixtureFile("text_vae")
        return try encoder(
            Tensor.concatenated([ids("negative_ids"), ids("prompt_ids")], axis: 0))
    }

    /// The release's networks; prepared as the product does it, or as they are.
    private func pipeline(isPrepared: Bool) throws -> StreamingPipeline {
        let unet = UNet3D(configuration.unet, streaming: configuration.streaming)
        try unet.load(from: weights, keyMap: .streamingUNet)
        let extractor = ConditioningExtractor(
            configuration.unet, streaming: configuration.streaming)
        try extractor.load(from: weights, keyMap: .conditioningExtractor)
        let projector = AnchorTokenProjector(
            configuration.streaming, channels: configuration.unet.crossAttentionDimension)
        try projector.load(from: weights, keyMap: .anchorTokenProjector)
        let imageEncoder = CLIPImageEncoder(configuration.image)
        try imageEncoder.load(
            from: weights, keyMap: .imageEncoder(prefix: "image_encoder.model.visual"))
        let autoencoder = AutoencoderKL(configuration.autoencoder)
        try autoencoder.load(from: weights, keyMap: .autoencoder(prefix: "vae"))
        if isPrepared {
            let networks: [any Module] = [unet, extractor, projector, imageEncoder, autoencoder]
            for network in networks { try network.prepare(for: .inference()) }
        }
        return StreamingPipeline(
            unet: unet, autoencoder: autoencoder,
            streaming: .init(
                configuration: configuration.streaming, extractor: extractor,
                projector: projector, imageEncoder: imageEncoder),
            scheduler: configuration.scheduler, device: .cpu)
    }
}

/// The reference's noise: `initial` is `[K, C, F, h, w]`, `step` `[K, S, F, C, h, w]`; chunk 1 is the first row.
private struct ReplayedNoise: NoiseSource {
    let initial: Tensor
    let step: Tensor

    func initialNoise(_ shape: [Int], chunk: Int) throws(TensorError) -> Tensor {
        try checked(initial.selected(0, chunk - 1), shape)
    }

    func stepNoise(_ shape: [Int], chunk: Int, step index: Int) throws(TensorError) -> Tensor {
        try checked(
            step.selected(0, chunk - 1).selected(0, index).permuted(1, 0, 2, 3), shape)
    }

    private func checked(_ noise: Tensor, _ shape: [Int]) throws(TensorError) -> Tensor {
        let noise = try noise.expandedDimension(at: 0)
        guard noise.shape == shape else {
            throw .shapeMismatch(place: "noise", expected: "\(shape)", actual: noise.shape)
        }
        return noise
    }
}
