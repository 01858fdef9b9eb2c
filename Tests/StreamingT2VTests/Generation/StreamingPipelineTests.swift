import TestSupport
import Testing
import Torch
import VideoModels

@testable import StreamingT2V

/// What saves time in the pipeline changes nothing.
@Suite struct StreamingPipelineTests {
    private let pipeline: StreamingPipeline
    private let parts: StreamingPipeline.Streaming
    private let text: Tensor  // [2, 77, D]
    private let anchor: Tensor
    private let condition: Tensor
    private let latents: Tensor
    private let noise = RandomGenerator(seed: 3)

    init() throws {
        let folder = try SharedModel.folder()
        pipeline = try folder.pipeline(device: .cpu, dtype: .float32)
        parts = try #require(pipeline.streaming)
        let prompts = try folder.promptEncoder(device: .cpu)
        text = try prompts.encode(
            ["a yellow bird", "a red ball rolls"].map {
                try prompts.tokenize($0, "", truncates: false)
            })
        anchor = try noise.normal([1, 3, 32, 32], .data).clamped(to: -1...1)
        condition = try noise.normal([8, 3, 32, 32], .data, step: 1).clamped(to: -1...1)
        latents = try noise.normal([1, 4, 16, 4, 4], .data, step: 2)
    }

    private func sampling(
        _ solver: SamplingSettings.Solver = .ddim, scale: Double = 2.5
    )
        -> ChunkSampling
    {
        .init(solver: solver, steps: 3, eta: 1, guidance: BranchGuidance(scale: scale))
    }

    /// The tokens of both branches where the prompt acts as strongly as the anchor.
    private func tokens() throws -> Tensor {
        try pipeline.tokens(
            text: text, images: pipeline.imageTokens(anchor: anchor, parts),
            guidance: BranchGuidance(scale: 2.5))
    }

    /// What the networks predict for one video that sees one row of the tokens.
    private func predict(
        _ sample: Tensor, at timestep: Int, seeing row: Int, of tokens: Tensor
    ) throws -> Tensor {
        let own = try tokens.slice(0, row..<row + 1)
        let times = try Tensor([Int64(timestep)], shape: [1])
        let features = try parts.extractor(
            sample, timestep: times, context: parts.extractor.context(own),
            encodedFrames: parts.extractor.frameEncoder(condition))
        return try pipeline.unet(
            sample, timestep: times, context: AttentionContext(own), features: features)
    }

    /// `e(∅) + s·(e(prompt) − e(∅))` from two evaluations of one video each.
    @Test func batchedGuidanceEqualsTwoEvaluations() throws {
        let tokens = try self.tokens()
        #expect(tokens.shape == [2, 77 + 3, 24])
        let timesteps = Sampler(sampling(), pipeline.scheduler).timesteps
        var sample = try noise.initialNoise(latents.shape, chunk: 1)
        _ = try pipeline.denoise(
            shape: latents.shape, chunk: 1, sampling: sampling(),
            conditioning: pipeline.streamingConditioning(
                text: text, images: pipeline.imageTokens(anchor: anchor, parts),
                guidance: BranchGuidance(scale: 2.5), parts),
            condition: condition, noise: noise
        ) { step, prediction, next in
            let unconditional = try predict(
                sample, at: timesteps[step], seeing: 0, of: tokens)
            let conditional = try predict(
                sample, at: timesteps[step], seeing: 1, of: tokens)
            let guided = try unconditional + (conditional - unconditional) * 2.5
            try expectClose(prediction, guided, tolerance: 2e-5, "step \(step)")
            let difference = try (conditional - unconditional).absolute().maximum().item()
            #expect(difference > 1e-2)
            sample = next
        }
    }

    /// With one branch the prediction is the prompt's alone.
    @Test func unguidedChunkEvaluatesThePromptAlone() throws {
        let conditioning = try pipeline.firstConditioning(
            text: text, guidance: .first(scale: 1))
        #expect(conditioning.batch == 1)
        #expect(conditioning.context.tokens.shape == [1, 77, 24])
        let timesteps = Sampler(sampling(), pipeline.scheduler).timesteps
        var sample = try noise.initialNoise(latents.shape, chunk: 0)
        _ = try pipeline.denoise(
            shape: latents.shape, chunk: 0, sampling: sampling(scale: 1),
            conditioning: conditioning, condition: nil, noise: noise
        ) { step, prediction, next in
            let alone = try pipeline.unet(
                sample, timestep: Tensor([Int64(timesteps[step])], shape: [1]),
                context: AttentionContext(text.slice(0, 1..<2)))
            try expectClose(prediction, alone, tolerance: 2e-5, "step \(step)")
            sample = next
        }
    }

    @Test(arguments: SamplingSettings.Solver.allCases)
    func cachedKeysAndValuesChangeNothing(solver: SamplingSettings.Solver) throws {
        let tokens = try self.tokens()
        let cached = try pipeline.streamingConditioning(
            text: text, images: pipeline.imageTokens(anchor: anchor, parts),
            guidance: BranchGuidance(scale: 2.5), parts)
        let fresh = StreamingPipeline.Conditioning(
            context: AttentionContext(tokens),
            extractorContext: try parts.extractor.context(tokens),
            guidance: BranchGuidance(scale: 2.5))
        func denoise(_ conditioning: StreamingPipeline.Conditioning) throws -> [Float] {
            try pipeline.denoise(
                shape: latents.shape, chunk: 2, sampling: sampling(solver),
                conditioning: conditioning, condition: condition, noise: noise,
                observe: { _, _, _ in }
            ).values()
        }
        let expected = try denoise(fresh)
        #expect(try denoise(cached) == expected)
        // Another chunk with the same cache.
        #expect(try denoise(cached) == expected)
    }

    /// Behind the guided steps, the prediction is that of the prompt and the anchor alone.
    @Test func guidanceActsInTheFirstStepsOnly() throws {
        let tokens = try self.tokens()
        let conditioning = try pipeline.streamingConditioning(
            text: text, images: pipeline.imageTokens(anchor: anchor, parts),
            guidance: BranchGuidance(scale: 2.5), parts)
        var sampling = sampling()
        let timesteps = Sampler(sampling, pipeline.scheduler).timesteps
        for guided in [0, 2] {
            sampling.guidedSteps = guided
            var sample = try noise.initialNoise(latents.shape, chunk: 1)
            _ = try pipeline.denoise(
                shape: latents.shape, chunk: 1, sampling: sampling, conditioning: conditioning,
                condition: condition, noise: noise
            ) { step, prediction, next in
                let alone = try predict(sample, at: timesteps[step], seeing: 1, of: tokens)
                let plain = try predict(sample, at: timesteps[step], seeing: 0, of: tokens)
                let expected = step < guided ? try plain + (alone - plain) * 2.5 : alone
                try expectClose(prediction, expected, tolerance: 2e-5, "\(guided), step \(step)")
                #expect(try (alone - plain).absolute().maximum().item() > 1e-2)
                sample = next
            }
        }
    }

    /// A step without guidance takes one evaluation of two, or of three.
    @Test func unguidedStepsCostLess() {
        var sampling = ChunkSampling(
            solver: .ddim, steps: 8, eta: 0, guidance: BranchGuidance(scale: 3))
        #expect(sampling.guidedEquivalent == (8, 0))
        sampling.guidedSteps = 4
        #expect(sampling.guidedEquivalent == (6, 0))
        sampling.guidedSteps = 2
        sampling.guidance = BranchGuidance(scale: 3, anchorScale: 2)
        #expect(sampling.guidedEquivalent == (4, 0))
        sampling.guidedSteps = 20
        #expect(sampling.guidedEquivalent == (8, 0))
    }

    /// Steps 0, 3 and 6 of 8 run the whole network; guided are the first 4.
    @Test func shallowStepsAreCounted() {
        var sampling = ChunkSampling(
            solver: .ddim, steps: 8, eta: 0, guidance: BranchGuidance(scale: 3), cacheInterval: 3)
        #expect(sampling.guidedEquivalent == (3, 5))
        sampling.guidedSteps = 4
        #expect(sampling.guidedEquivalent == (2.5, 3.5))
        sampling.cacheInterval = 8
        #expect(sampling.guidedEquivalent == (1, 5))
        #expect((0..<8).filter(sampling.isWhole) == [0])
    }

    @Test func decodingSomeFramesEqualsDecodingAll() throws {
        let all = try pipeline.decode(latents, frames: 0..<16)
        #expect(all.shape == [16, 3, 32, 32])
        for range in [8..<16, 0..<1, 15..<16, 3..<9] {
            try expectClose(
                pipeline.decode(latents, frames: range), all.slice(0, range), tolerance: 2e-6,
                "frames \(range)")
        }
        let values = try all.values(as: Float.self)
        #expect(values.allSatisfy { (-1...1).contains($0) })
    }

    /// The null image is mid-grey: zeros in [−1, 1]; text comes before the image tokens.
    @Test func promptTokensHoldTextAndImage() throws {
        let tokens = try self.tokens()
        #expect(try tokens.slice(1, 0..<77).values(as: Float.self) == text.values(as: Float.self))
        for (row, image) in [try anchor.zerosLike(), anchor].enumerated() {
            let embedding = try parts.imageEncoder(parts.imageEncoder.preprocess(image))
            try expectClose(
                tokens.slice(0, row..<row + 1).slice(1, 77..<80), parts.projector(embedding),
                tolerance: 1e-5, "row \(row)")
        }
        let nullTokens = try tokens.slice(0, 0..<1).slice(1, 77..<80)
        let difference = try (tokens.slice(0, 1..<2).slice(1, 77..<80) - nullTokens)
            .absolute().maximum().item()
        #expect(difference > 1e-2)
    }

    /// Anchor, conditional frames and text all act on a further chunk.
    @Test func everyConditionActs() throws {
        func denoise(text: Tensor, anchor: Tensor, condition: Tensor) throws -> [Float] {
            try pipeline.denoise(
                shape: latents.shape, chunk: 1, sampling: sampling(),
                conditioning: pipeline.streamingConditioning(
                    text: text, images: pipeline.imageTokens(anchor: anchor, parts),
                    guidance: BranchGuidance(scale: 2.5), parts),
                condition: condition, noise: noise, observe: { _, _, _ in }
            ).values()
        }
        let usual = try denoise(text: text, anchor: anchor, condition: condition)
        #expect(try denoise(text: text.flipped(0), anchor: anchor, condition: condition) != usual)
        #expect(try denoise(text: text, anchor: anchor * 0.5, condition: condition) != usual)
        #expect(try denoise(text: text, anchor: anchor, condition: condition.flipped(0)) != usual)
    }
}
