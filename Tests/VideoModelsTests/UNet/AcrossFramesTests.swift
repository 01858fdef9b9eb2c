import Testing
import Torch
import TorchNN

@testable import VideoModels

/// Layers over time, with tokens where they lie and as sequences of their own.
@Suite struct AcrossFramesTests {
    /// Compares a layer in float32 with the same in float64, which the kernel of our own does not take, so that the layer
    /// makes sequences.
    private func expectBothWaysAgree(
        _ layer: some Module, _ inputs: [Tensor], _ apply: ([Tensor]) throws(TensorError) -> Tensor
    ) throws {
        let whereTheyLie = try withInferenceMode { () throws(TensorError) in try apply(inputs) }
        let whole = try inputs[0].pixelsAsTokens()
        #expect(whole.fitsAttentionAcrossFrames(to: whole, videos: 1, heads: 1))
        try layer.setTrainable(true)
        let trained = try apply(inputs)
        #expect(trained.requiresGradient)
        try layer.setTrainable(false)
        for (_, parameter) in layer.parameters() {
            try parameter.load(parameter.value.converted(to: .float64))
        }
        let doubles = try inputs.map { try $0.converted(to: .float64) }
        let tokens = try doubles[0].pixelsAsTokens()
        #expect(!tokens.fitsAttentionAcrossFrames(to: tokens, videos: 1, heads: 1))
        let asSequences = try apply(doubles).values(as: Double.self)
        let scale = asSequences.map(abs).max() ?? 0
        for result in [whereTheyLie, trained] {
            let values = try result.values(as: Double.self)
            #expect(!values.contains { !$0.isFinite })
            #expect(!zip(values, asSequences).contains { abs($0 - $1) > 2e-6 * scale })
        }
        // The layer does something.
        let input = try doubles[0].values(as: Double.self)
        #expect(zip(input, asSequences).contains { abs($0 - $1) > 1e-2 * scale })
    }

    @Test func temporalTransformer() throws {
        let layer = TemporalTransformer(channels: 64, heads: 3, headDimension: 32, groups: 32)
        try ToyNetworks.fill(layer)
        let video = try ToyNetworks.random([2 * 16, 64, 4, 3], 1).channelsLast()
        try expectBothWaysAgree(layer, [video]) { inputs throws(TensorError) in
            try layer(inputs[0], frames: 16)
        }
    }

    @Test func conditionalAttentionToFewerFrames() throws {
        var configuration = StreamingConfiguration()
        configuration.mergerHeadDimension = 32
        let layer = ConditionalAttentionModule(channels: 64, configuration)
        try ToyNetworks.fill(layer)
        let video = try ToyNetworks.random([2 * 16, 64, 4, 3], 2).channelsLast()
        let context = try ToyNetworks.random([2 * 8, 64, 4, 3], 3).channelsLast()
        try expectBothWaysAgree(layer, [video, context]) { inputs throws(TensorError) in
            try layer(inputs[0], context: inputs[1], frames: 16)
        }
    }
}
