import Schedulers
import StreamingT2V
import Testing
import Torch

/// The loop of the I2VGen-XL enhancer against `i2vgen_main.safetensors`.
@Suite struct ImageToVideoParityTests {
    private struct Index: Decodable {
        struct Case: Decodable {
            let chunk: Int
            let overlap: Int
            let chunks: Int
            let frames: Int
            let strength: Double
            let steps: Int
            let timesteps: [Int]
            let draws: [[Int]]
            let guidance: Double

            enum CodingKeys: String, CodingKey {
                case chunk, overlap, frames, strength, steps, timesteps, draws, guidance
                case chunks = "n_chunks"
            }
        }

        let scheduler: SchedulerConfiguration
        let cond: [Double]
        let uncond: [Double]
        let cases: [String: Case]
    }

    private let index: Index
    private let file: EnhancerFile

    init() throws {
        index = try EnhancerFixtures.decode(Index.self, from: "i2vgen_main.json")
        file = try EnhancerFile("i2vgen_main")
    }

    @Test func loopMatchesReference() throws {
        try checkSchedule()
        for (name, entry) in index.cases { try check(name, entry) }
        file.expectAllUsed()
    }

    private func checkSchedule() throws {
        let alphas = NoiseSchedule(index.scheduler).alphasCumulative
        try file.expect(Tensor(alphas, shape: [alphas.count]), equals: "alphas_cumprod")
        let betas = zip(alphas, [1] + alphas).map { 1 - Double($0) / Double($1) }
        try file.expect(Tensor(betas, shape: [betas.count]), equals: "betas")
        for name in file.names {
            guard let match = try /timesteps(\d+)/.wholeMatch(in: name) else { continue }
            let steps = try #require(Int(match.output.1))
            #expect(
                try DDIMScheduler(index.scheduler, steps: steps, eta: 0).timesteps
                    == file.integers(name))
        }
    }

    private func check(_ name: String, _ entry: Index.Case) throws {
        let sampler = try ImageToVideoSampler(
            index.scheduler, steps: entry.steps, strength: entry.strength)
        #expect(sampler.timesteps == entry.timesteps, "\(name)")
        let network = RecordedNetwork(
            ToyVideoNetwork.guided(
                .init(cond: index.cond, uncond: index.uncond), scale: entry.guidance, rescale: nil,
                reading: nil))
        let grid = try ChunkGrid(chunkLength: entry.chunk, overlap: entry.overlap)
        let latents = try file("\(name).latents")
        #expect(try grid.chunkCount(frames: latents.shape[2], tail: .dropped) == entry.chunks)
        let enhancer = try StreamingEnhancer(
            .init(grid: grid, blending: .imageToVideo, tail: .dropped), sampler: sampler,
            network: network, noise: ReplayedFrameNoise(start: try file("\(name).noise")),
            seams: ReplayedSeams(draws: entry.draws))
        let made = try enhancer.enhance(latents, pushing: 7)
        try file.expect(made, equals: "\(name).out")
        #expect(made.shape[2] == entry.frames)
        let first = network.calls.filter { $0.timestep == entry.timesteps[0] }
        #expect(first.map(\.index) == Array(0..<entry.chunks))
        try file.expect(
            Tensor.concatenated(first.map(\.input), axis: 2), equals: "\(name).first_inputs")
    }
}
