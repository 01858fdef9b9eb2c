import StreamingT2V
import Testing
import Torch

/// The engine's blending against `blending.safetensors`, with a network that says the recorded chunks.
@Suite struct EnhancerBlendingParityTests {
    private struct RecordedChunks: ChunkNetwork {
        let chunks: Tensor  // [n, 1, C, F, h, w]

        func predict(_ chunk: Tensor, timestep: Int, index: Int) throws -> Tensor {
            try chunks.selected(0, index)
        }
    }

    @Test(arguments: BlendingPolicy.Quantity.allCases)
    func blendingIsExact(quantity: BlendingPolicy.Quantity) throws {
        let file = try EnhancerFile("blending")
        for (name, entry) in try EnhancerIndex.load().blending {
            let chunks = try file("\(name).chunks")
            let expected = try file("\(name).out")
            let grid = try ChunkGrid(chunkLength: entry.chunk, overlap: entry.overlap)
            #expect(grid.frameCount(chunks: entry.chunks) == entry.frames)
            #expect(try grid.chunkCount(frames: entry.frames, tail: .dropped) == entry.chunks)
            let enhancer = try StreamingEnhancer(
                .init(grid: grid, blending: BlendingPolicy(quantity: quantity), tail: .dropped),
                sampler: OneStep(), network: RecordedChunks(chunks: chunks),
                noise: ReplayedFrameNoise(), seams: ReplayedSeams(draws: [entry.draws]))
            let parts = try [enhancer.push(expected.zerosLike()), enhancer.finish()]
            let made = try Tensor.concatenated(parts.compactMap(\.self), axis: 2)
            #expect(made.shape == expected.shape, "\(name)")
            #expect(try made.bytes() == expected.bytes(), "\(name)")
        }
        file.expectAllUsed()
    }
}

/// A solver that believes the first prediction.
struct OneStep: EnhancementSampler {
    let timesteps = [0]

    func begin(_ latents: Tensor, noise: Tensor) throws(TensorError) -> Tensor { latents }

    func networkInput(_ sample: Tensor, at index: Int) throws(TensorError) -> Tensor { sample }

    func addsNoise(at index: Int) -> Bool { false }

    func usesPrevious(at index: Int) -> Bool { false }

    func step(
        _ sample: Tensor, prediction: Tensor, previous: Tensor?, at index: Int, noise: Tensor?
    ) throws(TensorError) -> Tensor { prediction }
}
