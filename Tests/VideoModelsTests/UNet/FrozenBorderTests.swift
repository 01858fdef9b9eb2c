import TestSupport
import Testing
import Torch
import TorchNN

@testable import VideoModels

/// Norms behind a frozen part, where LibTorch's backward pass crashes on channels-last input.
@Suite struct FrozenBorderTests {
    private func gradients(
        of norm: GroupNorm, _ input: Tensor, _ target: Tensor
    ) throws -> (weight: Tensor, bias: Tensor) {
        for (_, parameter) in norm.parameters() { try parameter.value.setGradient(nil) }
        try (norm(input) * target).sum().backward()
        return (
            try #require(try norm.weight.value.gradient()),
            try #require(try norm.bias.value.gradient())
        )
    }

    @Test(arguments: [[2, 16, 6, 5], [16, 16, 3, 2], [1, 16, 9, 1]])
    func channelsLastInputGivesTheGradientsOfRowMajorInput(shape: [Int]) throws {
        let norm = GroupNorm(groups: 4, channels: 16)
        try ToyNetworks.fill(norm)
        try norm.setTrainable(true)
        let input = try ToyNetworks.random(shape, 1)
        let target = try ToyNetworks.random(shape, 2)
        let channelsLast = try input.channelsLast()
        #expect(!channelsLast.requiresGradient)
        let actual = try gradients(of: norm, channelsLast, target)
        let expected = try gradients(of: norm, input, target)
        try Comparison(actual.weight, to: expected.weight).expect(within: .toy, "weight \(shape)")
        try Comparison(actual.bias, to: expected.bias).expect(within: .toy, "bias \(shape)")
    }

    /// The first norm of a merger meets frozen features when mergers alone are trained.
    @Test func mergerBehindAFrozenNetworkHasGradients() throws {
        let merger = ConditionalAttentionModule(
            channels: 16, ToyNetworks.streamingConfiguration)
        try ToyNetworks.fill(merger)
        try merger.setTrainable(true)
        let skip = try ToyNetworks.random([8, 16, 4, 3], 1).channelsLast()
        let context = try ToyNetworks.random([4, 16, 4, 3], 2).channelsLast()
        try merger(skip, context: context, frames: 4).squared().mean().backward()
        for (path, parameter) in merger.parameters() {
            let gradient = try #require(try parameter.value.gradient(), "\(path)")
            #expect(try gradient.norm().item() > 0, "\(path)")
        }
    }
}
