import TestSupport
import Testing
import Torch
import VideoModels

@testable import StreamingT2V

/// Steps that take the deep features of a step before.
@Suite struct CachedStepsTests {
    private let pipeline: StreamingPipeline
    private let parts: StreamingPipeline.Streaming
    private let text: Tensor  // [2, 77, D]
    private let anchor: Tensor
    private let condition: Tensor
    private let shape = [1, 4, 16, 4, 4]
    private let noise = RandomGenerator(seed: 3)

    init() throws {
        pipeline = try SharedModel.folder().pipeline(device: .cpu, dtype: .float32)
        parts = try #require(pipeline.streaming)
        text = try noise.normal([2, 77, 24], .data)
        anchor = try noise.normal([1, 3, 32, 32], .data, step: 1).clamped(to: -1...1)
        condition = try noise.normal([8, 3, 32, 32], .data, step: 2).clamped(to: -1...1)
    }

    private func sampling(interval: Int, guided: Int? = nil) -> ChunkSampling {
        .init(
            solver: .ddim, steps: 4, eta: 1, guidance: BranchGuidance(scale: 2.5),
            guidedSteps: guided,
            cacheInterval: interval)
    }

    private func conditioning(isFirst: Bool) throws -> StreamingPipeline.Conditioning {
        if isFirst {
            return try pipeline.firstConditioning(text: text, guidance: .first(scale: 2.5))
        }
        return try pipeline.streamingConditioning(
            text: text, images: pipeline.imageTokens(anchor: anchor, parts),
            guidance: BranchGuidance(scale: 2.5), parts)
    }

    private func denoise(
        isFirst: Bool, _ sampling: ChunkSampling,
        observe: (Int, Tensor, Tensor) throws -> Void = { _, _, _ in }
    ) throws -> [Float] {
        try pipeline.denoise(
            shape: shape, chunk: isFirst ? 0 : 1, sampling: sampling,
            conditioning: conditioning(isFirst: isFirst), condition: isFirst ? nil : condition,
            noise: noise, observe: observe
        ).values()
    }

    /// One branch alone, from the networks themselves; `deep` is filled if `isWhole`, and else taken.
    private func predict(
        _ sample: Tensor, at timestep: Int, seeing tokens: Tensor, isFirst: Bool, isWhole: Bool,
        _ deep: DeepFeatures
    ) throws -> Tensor {
        let times = try Tensor([Int64(timestep)], shape: [1])
        let context = AttentionContext(tokens)
        let network = isFirst ? pipeline.firstUNet ?? pipeline.unet : pipeline.unet
        let encoded = try isFirst ? nil : parts.extractor.frameEncoder(condition)
        guard isWhole else {
            return try network.shallow(
                sample, timestep: times, context: context,
                entry: encoded.map { try parts.extractor.entry(sample, encodedFrames: $0) },
                deep: deep)
        }
        let features = try encoded.map {
            try parts.extractor(
                sample, timestep: times, context: parts.extractor.context(tokens),
                encodedFrames: $0)
        }
        return try network(
            sample, timestep: times, context: context, features: features, keeping: deep)
    }

    /// Each step against its branches one by one, also where guidance ends between two whole steps or at one.
    @Test(arguments: [true, false], [(2, nil), (2, 0), (2, 1), (2, 2), (3, 1), (3, nil), (4, 2)])
    func everyStepIsWhatItsBranchesGive(isFirst: Bool, form: (interval: Int, guided: Int?)) throws {
        let sampling = sampling(interval: form.interval, guided: form.guided)
        let timesteps = Sampler(sampling, pipeline.scheduler).timesteps
        let tokens = try conditioning(isFirst: isFirst).context.tokens
        let kept = [DeepFeatures(), DeepFeatures()]
        var sample = try noise.initialNoise(shape, chunk: isFirst ? 0 : 1)
        var steps = 0
        _ = try denoise(isFirst: isFirst, sampling) { step, prediction, next in
            let isWhole = step % form.interval == 0
            let branches = try kept.indices.map { row in
                try predict(
                    sample, at: timesteps[step], seeing: tokens.slice(0, row..<row + 1),
                    isFirst: isFirst, isWhole: isWhole, kept[row])
            }
            let isGuided = step < form.guided ?? .max
            let expected =
                isGuided ? try branches[0] + (branches[1] - branches[0]) * 2.5 : branches[1]
            try expectClose(prediction, expected, tolerance: 5e-5, "step \(step)")
            #expect(try (branches[1] - branches[0]).absolute().maximum().item() > 1e-2)
            sample = next
            steps += 1
        }
        #expect(steps == 4)
    }

    /// An interval of 1 keeps nothing, and nothing stays behind a chunk.
    @Test(arguments: [true, false]) func chunksAreApart(isFirst: Bool) throws {
        let plain = ChunkSampling(
            solver: .ddim, steps: 4, eta: 1, guidance: BranchGuidance(scale: 2.5))
        let usual = try denoise(isFirst: isFirst, plain)
        #expect(try denoise(isFirst: isFirst, sampling(interval: 1)) == usual)
        let cached = try denoise(isFirst: isFirst, sampling(interval: 4))
        #expect(cached != usual)
        _ = try denoise(isFirst: !isFirst, sampling(interval: 2))
        #expect(try denoise(isFirst: isFirst, sampling(interval: 4)) == cached)
        #expect(try denoise(isFirst: isFirst, plain) == usual)
    }

    /// The option of a request acts on all chunks.
    @Test func requestsDecide() async throws {
        let generator = try VideoGenerator(model: SharedModel.folder())
        let usual = try await generator.frames(.tiny(frames: 24))
        #expect(
            try await generator.frames(.tiny(frames: 24) { $0.sampling.cacheInterval = 1 }) == usual
        )
        let cached = try await generator.frames(.tiny(frames: 24) { $0.sampling.cacheInterval = 2 })
        #expect(zip(cached, usual).allSatisfy { $0 != $1 })
        #expect(
            try await generator.frames(.tiny(frames: 24) { $0.sampling.cacheInterval = 2 })
                == cached)
    }
}
