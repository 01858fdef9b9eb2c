import Schedulers
import StreamingT2V
import Testing
import Torch

/// Whole enhancements against `trajectory.safetensors`: chunks, solver, recorded noise and draws.
@Suite struct EnhancerTrajectoryParityTests {
    /// The sampler, for a video that is noisy already.
    private struct NoisyStart: EnhancementSampler {
        let base: VideoToVideoSampler

        var timesteps: [Int] { base.timesteps }

        func begin(_ latents: Tensor, noise: Tensor) throws(TensorError) -> Tensor {
            try base.begin(noisy: latents)
        }

        func networkInput(_ sample: Tensor, at index: Int) throws(TensorError) -> Tensor {
            try base.networkInput(sample, at: index)
        }

        func addsNoise(at index: Int) -> Bool { base.addsNoise(at: index) }

        func usesPrevious(at index: Int) -> Bool { base.usesPrevious(at: index) }

        func step(
            _ sample: Tensor, prediction: Tensor, previous: Tensor?, at index: Int, noise: Tensor?
        ) throws(TensorError) -> Tensor {
            try base.step(
                sample, prediction: prediction, previous: previous, at: index, noise: noise)
        }
    }

    private let index: EnhancerIndex
    private let file: EnhancerFile

    init() throws {
        index = try EnhancerIndex.load()
        file = try EnhancerFile("trajectory")
    }

    @Test func trajectoriesMatchReference() throws {
        for (name, entry) in index.trajectory { try check(name, entry) }
        file.expectAllUsed()
    }

    private func check(_ name: String, _ entry: EnhancerIndex.Trajectory) throws {
        let schedule = try LogSNRSchedule()
        let table = StepTable(steps: entry.steps, maximum: entry.maximum, spacing: entry.spacing)
        let solver = DPMSolverSDEScheduler(schedule, table)
        try file.expect(
            Array(solver.noiseRatios.dropLast()), equals: "\(name).ksigmas",
            relative: { max(1e-6, 2.4e-7 * (1 + $0 * $0)) })
        let isFromPureNoise = !solver.noiseRatios[0].isFinite
        let tolerance = isFromPureNoise ? 1e-4 : 5e-6

        let network = RecordedNetwork(
            ToyVideoNetwork.guided(
                index.toy, scale: entry.scale, rescale: entry.rescale, reading: .init(schedule)))
        let noise = ReplayedFrameNoise(
            steps: try file("\(name).noises"), firstStep: isFromPureNoise ? 1 : 0)
        let grid = try ChunkGrid(chunkLength: entry.chunk, overlap: entry.overlap)
        let sampler = try VideoToVideoSampler(
            schedule, table: table, eta: entry.eta, correction: entry.correction)
        let enhancer = try StreamingEnhancer(
            .init(grid: grid, tail: .dropped), sampler: NoisyStart(base: sampler),
            network: network, noise: noise, seams: ReplayedSeams(draws: entry.draws))
        let made = try enhancer.enhance(file("\(name).input"), pushing: 5)
        try file.expect(made, equals: "\(name).output", within: tolerance)

        #expect(network.calls.count == entry.steps * entry.chunks)
        if entry.eta > 0 { #expect(noise.stepsUsed.count == entry.noiseCalls) }
        try checkCalls(network.calls, name, entry, solver.timesteps, grid, tolerance)
    }

    /// What the network saw of the whole video in each step, and what was made of its predictions.
    private func checkCalls(
        _ calls: [RecordedNetwork.Call], _ name: String, _ entry: EnhancerIndex.Trajectory,
        _ timesteps: [Int], _ grid: ChunkGrid, _ tolerance: Double
    ) throws {
        let steps = try timesteps.enumerated().map { step, timestep in
            let chunks = calls.filter { $0.timestep == timestep }.sorted { $0.index < $1.index }
            #expect(chunks.map(\.index) == Array(0..<entry.chunks), "\(name), step \(step)")
            let seams = [0] + entry.draws[step]
            return (
                try join(chunks.map(\.input), at: seams, grid),
                try join(chunks.map(\.output), at: seams, grid)
            )
        }
        try file.expect(
            Tensor.stacked(steps.map(\.0), axis: 0), equals: "\(name).model_inputs",
            within: tolerance)
        try file.expect(
            Tensor.stacked(steps.map(\.1), axis: 0), equals: "\(name).x0_blended",
            within: tolerance)
    }

    /// Chunks written over each other in their order, each from its seam on.
    private func join(_ chunks: [Tensor], at seams: [Int], _ grid: ChunkGrid) throws -> Tensor {
        var video = chunks[0]
        for (index, chunk) in chunks.enumerated().dropFirst() {
            let seam = grid.frames(ofChunk: index).lowerBound + seams[index]
            video = try Tensor.concatenated(
                [video.slice(2, 0..<seam), chunk.slice(2, seams[index]..<grid.chunkLength)],
                axis: 2)
        }
        return video
    }
}

extension StreamingEnhancer {
    /// A whole video at once, handed over in parts of `count` frames.
    func enhance(_ video: Tensor, pushing count: Int) throws -> Tensor {
        var parts: [Tensor?] = []
        for start in stride(from: 0, to: video.shape[2], by: count) {
            parts.append(try push(video.slice(2, start..<min(start + count, video.shape[2]))))
        }
        parts.append(try finish())
        return try Tensor.concatenated(parts.compactMap(\.self), axis: 2)
    }
}
