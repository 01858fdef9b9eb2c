import Checkpoints
import TestSupport
import Testing
import Torch
import TorchNN
import VideoModels

@testable import StreamingT2V

/// The streaming loop of the release against `rollout.safetensors`: chunk 0 is given, the others are made.
@Suite struct RolloutParityTests {
    private let file: FixtureFile
    private let configuration: CoreConfiguration
    private let weights: SafetensorsArchive

    init() throws {
        file = try FixtureFile("rollout")
        configuration = try CoreConfiguration()
        weights = try SafetensorsArchive(url: FixtureFolder.core.url("weights.safetensors"))
    }

    private var overlap: Int { configuration.streaming.conditionalFrames }
    private var kept: Int { configuration.streaming.frames - overlap }
    private var chunks: Int { configuration.sampling.nChunks - 1 }

    /// Each evaluation and each step, begun from the reference's sample.
    @Test(arguments: [false, true])
    func everyStepMatchesReference(isPrepared: Bool) throws {
        try withInferenceMode {
            let pipeline = try pipeline(isPrepared: isPrepared)
            let parts = try #require(pipeline.streaming)
            let video = try Tensor.concatenated([file("video0"), file("final_video_new")], axis: 0)
            let conditioning = try conditioning(pipeline)
            let noise = try noise()
            for chunk in 1...chunks {
                let encoded = try parts.extractor.frameEncoder(condition(of: chunk, in: video))
                var sampler = Sampler(sampling, configuration.scheduler)
                var sample = try noise.initialNoise(noise.shape, chunk: chunk)
                for (index, timestep) in sampler.timesteps.enumerated() {
                    let prediction = try pipeline.predict(
                        sample, timestep: timestep, conditioning,
                        encodedFrames: Tensor.concatenated([encoded, encoded], axis: 0))
                    try expect(prediction, "guided_eps", chunk, index, tolerance: 1e-4)
                    let next = try sampler.step(sample, prediction: prediction, at: index) {
                        () throws(TensorError) in
                        try noise.stepNoise(noise.shape, chunk: chunk, step: index)
                    }
                    sample = try expect(next, "prev_sample", chunk, index, tolerance: 3e-4)
                }
            }
        }
    }

    /// Each chunk begun from the reference's frames, so that it stands for itself.
    @Test(arguments: [false, true])
    func everyChunkMatchesReference(isPrepared: Bool) throws {
        try withInferenceMode {
            let pipeline = try pipeline(isPrepared: isPrepared)
            let conditioning = try conditioning(pipeline)
            let reference = try file("final_video_new")
            #expect(reference.shape[0] == chunks * kept)
            var video = try file("video0")  // [F, 3, H, W] in [0, 1]
            for chunk in 1...chunks {
                let made = try self.chunk(chunk, pipeline, conditioning, after: video)
                let range = (chunk - 1) * kept..<chunk * kept
                let expected = try reference.slice(0, range)
                try expectClose(made, expected, tolerance: 1e-4, "frames \(range)")
                video = try Tensor.concatenated([video, expected], axis: 0)
            }
        }
    }

    /// The product's loop, in which each chunk begins with the one that was made before.
    @Test(arguments: [false, true])
    func rolloutMatchesReference(isPrepared: Bool) throws {
        try withInferenceMode {
            let pipeline = try pipeline(isPrepared: isPrepared)
            _ = try conditioning(pipeline)
            let given = try file("video0") * 2 - 1
            let (noise, text) = (try noise(), try text())
            var rollout = ChunkRollout(
                pipeline, settings, shape: noise.shape, text: { _ in (0, text) },
                noise: { _ in noise },
                beginning: .init(
                    anchor: try given.slice(0, 0..<1),
                    frames: try given.slice(0, given.shape[0] - overlap..<given.shape[0])))
            let reference = try file("final_video_new")
            for number in 1...chunks {
                let chunk = try rollout.next()
                #expect(chunk.index == number)
                let range = (number - 1) * kept..<number * kept
                try expectClose(
                    (chunk.frames + 1) / 2, reference.slice(0, range), tolerance: 1e-4,
                    "frames \(range)")
            }
        }
    }

    /// A tensor of the reference that no test of this suite looks at would be forgotten.
    @Test func allTensorsAreKnown() throws {
        let known = [
            "final_video_new", "guided_eps", "init_noise", "prev_sample",
            "prompt_embeds_uncond_cond", "step_noise", "timesteps", "video0",
        ]
        for name in file.names where !known.contains(name) {
            let match = try #require(name.wholeMatch(of: droppedFrames), "unknown tensor \(name)")
            let chunk = try #require(Int(match.output.1))
            #expect((1...chunks).contains(chunk), "\(name)")
        }
        #expect(Set(known).isSubset(of: file.names))
    }

    private var droppedFrames: Regex<(Substring, Substring, Substring)> {
        /chunk(\d+)_dropped_frames_first(\d+)/
    }

    /// Makes one chunk and returns its new frames.
    private func chunk(
        _ chunk: Int, _ pipeline: StreamingPipeline, _ conditioning: StreamingPipeline.Conditioning,
        after video: Tensor
    ) throws -> Tensor {
        let noise = try noise()
        var steps = 0
        let latents = try pipeline.denoise(
            shape: noise.shape, chunk: chunk, sampling: sampling, conditioning: conditioning,
            condition: condition(of: chunk, in: video), noise: noise
        ) { step, _, sample in
            steps += 1
            try expect(sample, "prev_sample", chunk, step, tolerance: 3e-4)
        }
        #expect(steps == configuration.sampling.steps)
        for name in file.names {
            guard let match = name.wholeMatch(of: droppedFrames), Int(match.output.1) == chunk
            else { continue }
            let expected = try file(name)
            #expect(Int(match.output.2) == expected.shape[0])
            try expectClose(
                (pipeline.decode(latents, frames: 0..<expected.shape[0]) + 1) / 2, expected,
                tolerance: 1e-4, name)
        }
        return try (pipeline.decode(latents, frames: overlap..<overlap + kept) + 1) / 2
    }

    /// Compares latents `[1, C, F, h, w]` with row (`chunk`, `step`) of a reference `[K, S, F, C, h, w]`.
    ///
    /// - Returns: the reference in the latents' layout.
    @discardableResult
    private func expect(
        _ latents: Tensor, _ name: String, _ chunk: Int, _ step: Int, tolerance: Double
    ) throws -> Tensor {
        let reference = try file(name)
        #expect(Array(reference.shape.prefix(2)) == [chunks, configuration.sampling.steps])
        let row = try reference.selected(0, chunk - 1).selected(0, step)
            .permuted(1, 0, 2, 3).expandedDimension(at: 0)
        try expectClose(latents, row, tolerance: tolerance, "\(name)[\(chunk - 1), \(step)]")
        return row
    }

    /// The last frames before a chunk, in [−1, 1].
    private func condition(of chunk: Int, in video: Tensor) throws -> Tensor {
        let end = configuration.streaming.frames + (chunk - 1) * kept
        return try video.slice(0, end - overlap..<end) * 2 - 1
    }

    private func noise() throws -> ReplayedNoise {
        let noise = ReplayedNoise(initial: try file("init_noise"), step: try file("step_noise"))
        #expect(noise.initial.shape[0] == chunks)
        return noise
    }

    private var settings: SamplingSettings {
        var settings = SamplingSettings()
        settings.solver = .ddim
        settings.steps = configuration.sampling.steps
        settings.guidanceScale = configuration.sampling.guidanceScale
        settings.eta = configuration.sampling.eta
        return settings
    }

    private var sampling: ChunkSampling { settings.further }

    /// Checks the visited steps and the tokens that all chunks look at.
    private func conditioning(
        _ pipeline: StreamingPipeline
    ) throws -> StreamingPipeline.Conditioning {
        let timesteps = try file("timesteps").values(as: Int64.self).map { Int($0) }
        #expect(Sampler(sampling, configuration.scheduler).timesteps == timesteps)
        let parts = try #require(pipeline.streaming)
        let anchor = try file("video0").slice(0, 0..<1) * 2 - 1
        let text = try text()
        let images = try pipeline.imageTokens(anchor: anchor, parts)
        let tokens = try file("prompt_embeds_uncond_cond")
        let scale = max(1, try tokens.absolute().maximum().item())
        try expectClose(
            pipeline.tokens(text: text, images: images, guidance: sampling.guidance),
            tokens,
            tolerance: 1e-5 * scale, "prompt_embeds_uncond_cond")
        return try pipeline.streamingConditioning(
            text: text, images: images, guidance: sampling.guidance, parts)
    }

    /// Text tokens of the negative prompt and the prompt, `[2, N, D]`.
    private func text() throws -> Tensor {
        let encoder = CLIPTextEncoder(configuration.textEncoder)
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
        let imageEncoder = CLIPImageEncoder(configuration.imageEncoder)
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

    /// `[1, C, F, h, w]`.
    var shape: [Int] { [1] + initial.shape.dropFirst() }

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
