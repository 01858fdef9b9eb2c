import Foundation
import Schedulers
import StreamingT2V
import Testing
import Torch

/// What the tests of the streaming order have in common.
enum EnhancementSetup {
    /// Prints a measurement, where `ST2V_PARITY_REPORT` is set.
    static func report(_ text: @autoclosure () -> String) {
        guard ProcessInfo.processInfo.environment["ST2V_PARITY_REPORT"] != nil else { return }
        print("measured:", text())
    }

    static let generator = RandomGenerator(seed: 11)

    /// A network that mixes the frames of its chunk, so that every frame depends on all the others.
    struct MixingNetwork: ChunkNetwork {
        private let base = ToyVideoNetwork(coefficients: [0.5, 0.3, 0.2, 0.4])

        func predict(_ chunk: Tensor, timestep: Int, index: Int) throws -> Tensor {
            let mean = try chunk.mean([2], keepDimensions: true)
            let toy = try base(chunk, timestep: timestep)
            return try toy + mean * 0.25 + Double(index % 5) * 0.01
        }
    }

    /// Latents of a video whose frames all differ, `[1, 3, n, 3, 5]`.
    static func video(_ frames: Int) throws -> Tensor {
        try Tensor.concatenated(
            (0..<frames).map {
                try RandomGenerator(seed: 4).normal([1, 3, 1, 3, 5], .trainingNoise, step: $0)
            }, axis: 2)
    }

    static func sampler(
        steps: Int, scale: DPMSolverSDEScheduler.FirstInputScale = .release
    ) throws -> VideoToVideoSampler {
        try VideoToVideoSampler(LogSNRSchedule(), table: StepTable(steps: steps), scale: scale)
    }

    static func enhancer(
        _ options: StreamingEnhancer.Options, _ sampler: any EnhancementSampler,
        network: any ChunkNetwork = MixingNetwork()
    ) throws -> StreamingEnhancer {
        try StreamingEnhancer(
            options, sampler: sampler, network: network, noise: generator, seams: generator)
    }

    static func reference(
        _ options: StreamingEnhancer.Options, _ sampler: any EnhancementSampler
    ) -> StepMajorReference {
        StepMajorReference(
            options: options, sampler: sampler, network: MixingNetwork(), generator: generator)
    }
}
