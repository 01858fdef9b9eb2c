import Testing
import Torch
import TorchNN

@testable import VideoModels

/// Layers over time, with tokens where they lie and as sequences of their own.
@Suite struct AcrossFramesTests {
    /// Compares a layer outside of inference, where it makes sequences, with inference, where it need not.
    private func expectBothWaysAgree(
        _ video: Tensor, _ layer: () throws(TensorError) -> Tensor
    ) throws {
        let asSequences = try layer().values(as: Float.self)
        let whereTheyLie = try withInferenceMode(layer).values(as: Float.self)
        let scale = asSequences.map(abs).max() ?? 0
        #expect(!whereTheyLie.contains { !$0.isFinite })
        #expect(!zip(whereTheyLie, asSequences).contains { abs($0 - $1) > 2e-6 * scale })
        // The layer does something, and not the same thing by another way of adding up.
        let input = try video.values(as: Float.self)
        #expect(zip(input, asSequences).contains { abs($0 - $1) > 1e-2 * scale })
        #expect(whereTheyLie != asSequences)
    }

    @Test func temporalTransformer() throws {
        let layer = TemporalTransformer(channels: 64, heads: 3, headDimension: 32, groups: 32)
        try ToyNetworks.fill(layer)
        let video = try ToyNetworks.random([2 * 16, 64, 4, 3], 1).channelsLast()
        try expectBothWaysAgree(video) { () throws(TensorError) in try layer(video, frames: 16) }
    }

    @Test func conditionalAttentionToFewerFrames() throws {
        var configuration = StreamingConfiguration()
        configuration.mergerHeadDimension = 32
        let layer = ConditionalAttentionModule(channels: 64, configuration)
        try ToyNetworks.fill(layer)
        let video = try ToyNetworks.random([2 * 16, 64, 4, 3], 2).channelsLast()
        let context = try ToyNetworks.random([2 * 8, 64, 4, 3], 3).channelsLast()
        try expectBothWaysAgree(video) { () throws(TensorError) in
            try layer(video, context: context, frames: 16)
        }
    }
}
