import Testing
import Torch
import TorchNN

@testable import VideoModels

/// How the mergers of a short training start.
@Suite struct MergerStartTests {
    private let channels = 64

    private func identity() throws -> Tensor {
        try Tensor(
            (0..<channels * channels).map { $0 % (channels + 1) == 0 ? Float(1) : 0 },
            shape: [channels, channels])
    }

    /// Every frame takes most from the conditional frame that carries the same features, wherever that stands.
    @Test func framesAttendToTheirLikes() throws {
        var sizes = ToyNetworks.streamingConfiguration
        sizes.mergerHeadDimension = 32
        let merger = ConditionalAttentionModule(channels: channels, sizes)
        try merger.initialize(seed: 1)
        try merger.startByLikeness()
        // What arrives is then the attention's mean of the conditional frames themselves.
        for layer in [merger.attention.toV, merger.attention.toOut, merger.projOut] {
            try layer.weight.load(identity())
            if let bias = layer.bias { try bias.load(Tensor.zeros([channels])) }
        }
        let frames = 6
        let order = [3, 0, 5, 1]
        let skip = try ToyNetworks.random([frames, channels, 2, 3], 1)
        let context = try Tensor.concatenated(
            order.map { try skip.slice(0, $0..<$0 + 1) }, axis: 0)
        let mixed = try merger(skip, context: context, frames: frames) - skip
        for (place, frame) in order.enumerated() {
            let likeness = try order.indices.map { other in
                try (mixed.selected(0, frame) * context.selected(0, other)).sum().item()
            }
            for other in order.indices where other != place {
                #expect(likeness[place] > 2 * likeness[other].magnitude, "frame \(frame)")
            }
        }
    }
}
