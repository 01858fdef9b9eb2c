import Schedulers
import StreamingT2V
import Testing
import Torch
import VideoModels

@Suite struct StreamingEnhancerTests {
    private let grid: ChunkGrid
    private let sampler: VideoToVideoSampler

    init() throws {
        grid = try ChunkGrid(chunkLength: 8, overlap: 3)
        sampler = try EnhancementSetup.sampler(steps: 6)
    }

    private func enhanced(
        _ blending: BlendingPolicy, _ sampler: any EnhancementSampler, seed: UInt64 = 11
    ) throws -> Tensor {
        let generator = RandomGenerator(seed: seed)
        return try StreamingEnhancer(
            .init(grid: grid, blending: blending), sampler: sampler,
            network: EnhancementSetup.MixingNetwork(), noise: generator, seams: generator
        ).enhance(EnhancementSetup.video(33), pushing: 11)
    }

    private func distance(_ first: Tensor, _ second: Tensor) throws -> Double {
        try (first - second).absolute().maximum().item()
    }

    /// Every choice is seen in the result, and the same choices give the same bits.
    @Test func choicesMatter() throws {
        let code = try enhanced(.code, sampler)
        #expect(try enhanced(.code, sampler).bytes() == code.bytes())
        let exactScale = try EnhancementSetup.sampler(steps: 6, scale: .exact)
        for other in [
            try enhanced(.paper, sampler),
            try enhanced(.imageToVideo, sampler),
            try enhanced(BlendingPolicy(seam: .randomizedPaper), sampler),
            try enhanced(BlendingPolicy(seam: .fixed(1)), sampler),
            try enhanced(BlendingPolicy(seam: .independent), sampler),
            try enhanced(.code, exactScale),
            try enhanced(.code, sampler, seed: 12),
        ] { #expect(try distance(code, other) > 1e-3) }
    }

    /// The end comes in parts that are together what it is at once; behind it there is nothing.
    @Test(arguments: [1, 8, 33]) func endComesInParts(frames: Int) throws {
        let video = try EnhancementSetup.video(frames)
        let options = StreamingEnhancer.Options(grid: grid)
        let whole = try EnhancementSetup.enhancer(options, sampler)
        let expected = try [whole.push(video), whole.finish()].compactMap(\.self)
        let enhancer = try EnhancementSetup.enhancer(options, sampler)
        var parts = try [enhancer.push(video)].compactMap(\.self)
        let early = parts.count
        while let part = try enhancer.finishNext() { parts.append(part) }
        #expect(parts.count - early > (frames > 8 ? 3 : 0))
        #expect(
            try Tensor.concatenated(parts, axis: 2).bytes()
                == Tensor.concatenated(expected, axis: 2).bytes())
        #expect(try enhancer.finishNext() == nil && enhancer.heldFrames == 0)
        #expect(throws: EnhancementError.alreadyFinished) { try enhancer.finish() }
    }

    /// Without memory of the step before, it does not matter whether predictions or samples are put together.
    @Test func bothQuantitiesAgreeForDDIM() throws {
        let sampler = try ImageToVideoSampler(steps: 8)
        let predictions = try enhanced(.code, sampler)
        let samples = try enhanced(.imageToVideo, sampler)
        #expect(try distance(predictions, samples) < 1e-5)
        #expect(try predictions.absolute().maximum().item() > 0.1)
    }

    /// With the exact scale the first input is the noisy video; the release's is `σ` times that.
    @Test func firstInputScaleIsTheOneThatIsAskedFor() throws {
        let schedule = try LogSNRSchedule()
        let latents = try EnhancementSetup.video(8)
        let noise = try RandomGenerator(seed: 1).normal(latents.shape, .data)
        let noisy = try schedule.diffuse(latents, noise: noise, at: 599)
        for (scale, factor) in [
            (DPMSolverSDEScheduler.FirstInputScale.exact, 1.0),
            (.release, Double(schedule.sigmas[599])),
        ] {
            let sampler = try EnhancementSetup.sampler(steps: 30, scale: scale)
            let input = try sampler.networkInput(sampler.begin(latents, noise: noise), at: 0)
            #expect(try distance(input, noisy * factor) < 1e-5)
        }
        #expect(abs(Double(schedule.sigmas[599]) - 0.9723632) < 1e-6)
    }

    /// Shared noise belongs to the frame; a chunk's own noise to frame and chunk.
    @Test func noiseIsKeyedByFrameStepAndChunk() throws {
        let shape = [1, 2, 1, 3, 4]
        let generator = EnhancementSetup.generator
        let tensors = [
            try generator.startNoise(frame: 5, chunk: nil, shape: shape),
            try generator.startNoise(frame: 6, chunk: nil, shape: shape),
            try generator.startNoise(frame: 5, chunk: 0, shape: shape),
            try generator.startNoise(frame: 5, chunk: 1, shape: shape),
            try generator.stepNoise(frame: 5, step: 0, chunk: nil, shape: shape),
            try generator.stepNoise(frame: 5, step: 1, chunk: nil, shape: shape),
            try generator.stepNoise(frame: 5, step: 1, chunk: 1, shape: shape),
            try generator.posteriorNoise(frame: 5, shape: shape),
            try generator.posteriorNoise(frame: 6, shape: shape),
        ]
        #expect(Set(try tensors.map { try $0.bytes() }).count == tensors.count)
        #expect(
            try generator.startNoise(frame: 5, chunk: 1, shape: shape).bytes()
                == tensors[3].bytes())
    }

    @Test func misuseIsNamed() throws {
        func enhancer(_ tail: ChunkGrid.Tail = .padded) throws -> StreamingEnhancer {
            try EnhancementSetup.enhancer(.init(grid: grid, tail: tail), sampler)
        }
        let video = try EnhancementSetup.video(4)
        let finished = try enhancer()
        _ = try finished.push(video)
        _ = try finished.finish()
        #expect(throws: EnhancementError.alreadyFinished) { try finished.push(video) }
        #expect(throws: EnhancementError.alreadyFinished) { try finished.finish() }

        let begun = try enhancer()
        _ = try begun.push(video)
        for shape in [[1, 3, 2, 3, 6], [1, 2, 2, 3, 5], [2, 3, 2, 3, 5], [3, 2, 3, 5]] {
            #expect(throws: EnhancementError.self) { try begun.push(Tensor.zeros(shape)) }
        }
        #expect(try begun.push(Tensor.zeros([1, 3, 0, 3, 5])) == nil)
        #expect(try begun.finish()?.shape == [1, 3, 4, 3, 5])

        #expect(try enhancer().finish() == nil)
        let short = try enhancer(.dropped)
        _ = try short.push(video)
        #expect(throws: EnhancementError.tooShort(frames: 4, chunkLength: 8)) {
            try short.finish()
        }
    }

    @Test func networksOfAnotherShapeAreRefused() throws {
        struct Halving: ChunkNetwork {
            func predict(_ chunk: Tensor, timestep: Int, index: Int) throws -> Tensor {
                try chunk.slice(4, 0..<1)
            }
        }
        let enhancer = try EnhancementSetup.enhancer(
            .init(grid: grid), sampler, network: Halving())
        #expect(
            throws: EnhancementError.prediction(
                expected: [1, 3, 8, 3, 5], actual: [1, 3, 8, 3, 1])
        ) { try enhancer.push(EnhancementSetup.video(8)) }
    }

    @Test func samplersRefuseStepsThatCannotBe() throws {
        let schedule = try LogSNRSchedule()
        for table in [
            StepTable(steps: 0), StepTable(steps: 1001), StepTable(maximum: 1000),
            StepTable(maximum: -1), StepTable(maximum: 5, minimum: 6),
        ] {
            #expect(throws: ConfigurationError.self) {
                try VideoToVideoSampler(schedule, table: table)
            }
        }
        #expect(throws: ConfigurationError.self) { try VideoToVideoSampler(schedule, eta: 1.5) }
        for (steps, strength) in [(0, 0.5), (1001, 0.5), (30, 0), (30, 1.1), (30, .nan)] {
            #expect(throws: ConfigurationError.self) {
                try ImageToVideoSampler(steps: steps, strength: strength)
            }
        }
        #expect(try ImageToVideoSampler(steps: 3, strength: 0.01).timesteps == [1])
        #expect(try ImageToVideoSampler(steps: 30, strength: 1).timesteps.first == 958)
    }
}
