import TestSupport
import Testing
import Torch
import TorchNN

/// Autograd through the layers against central differences, in double precision.
@Suite struct GradientTests {
    /// All parameters of `module`, filled, with `inputs` behind them.
    private func leaves(_ module: some Module, _ inputs: Tensor...) throws -> [Tensor] {
        try module.fillWithDoubles(seed: 20)
        return try module.parameters().map { try $0.parameter.value } + inputs
    }

    @Test func linear() throws {
        let layer = Linear(3, 4)
        let input = try sample([2, 2, 3], seed: 1)
        try expectGradients(leaves(layer, input)) { try layer(input) }
    }

    @Test(arguments: [false, true]) func groupNorm(isChannelsLast: Bool) throws {
        let layer = GroupNorm(groups: 2, channels: 4)
        let rows = try sample([2, 4, 2, 3], seed: 2)
        let input = isChannelsLast ? try rows.channelsLast() : rows
        try expectGradients(leaves(layer, input)) { try layer(input) }
    }

    @Test func layerNorm() throws {
        let layer = LayerNorm(5)
        let input = try sample([2, 3, 5], seed: 3)
        try expectGradients(leaves(layer, input)) { try layer(input) }
    }

    @Test func embedding() throws {
        let layer = Embedding(entries: 4, features: 3)
        let indices = try Tensor([Int64(2), 0, 2], shape: [3])
        try expectGradients(leaves(layer)) { try layer(indices) }
    }

    @Test(arguments: [1, 2]) func convolution2D(stride: Int) throws {
        let layer = Convolution2D(2, 3, stride: stride)
        let input = try sample([1, 2, 4, 4], seed: 4)
        try expectGradients(leaves(layer, input)) { try layer(input) }
    }

    @Test func frameConvolution() throws {
        let layer = FrameConvolution(channels: 3)
        let input = try sample([1, 3, 4, 2], seed: 5)
        try expectGradients(leaves(layer, input)) { try layer(input) }
    }

    @Test(arguments: [false, true]) func attention(hasContext: Bool) throws {
        let layer = Attention(
            channels: 4, contextChannels: hasContext ? 3 : nil, heads: 2, headDimension: 2)
        let tokens = try sample([1, 3, 4], seed: 6)
        let context = hasContext ? try sample([1, 2, 3], seed: 7) : nil
        try expectGradients(leaves(layer, tokens) + [context].compactMap(\.self)) {
            try layer(tokens, context: context)
        }
    }

    @Test func feedForward() throws {
        let layer = FeedForward(channels: 2)
        let tokens = try sample([1, 3, 2], seed: 8)
        try expectGradients(leaves(layer, tokens)) { try layer(tokens) }
    }

    /// LibTorch 2.13 dies here without the layer's precaution, so it runs in a process of its own.
    @Test func groupNormAtTheBorderOfAFrozenPart() async {
        await #expect(processExitsWith: .success) {
            let rows = try RandomGenerator(seed: 3).normal([4, 16, 8, 8], .data)
            func gradients(_ input: Tensor) throws -> [Float] {
                let layer = GroupNorm(groups: 4, channels: 16)
                try layer.initialize(seed: 1)
                try layer.setTrainable(true)
                try layer(input).squared().mean().backward()
                return try #require(try layer.weight.value.gradient()).values()
            }
            let expected = try gradients(rows)
            for (actual, expected) in zip(try gradients(rows.channelsLast()), expected) {
                #expect(abs(actual - expected) < 1e-6)
            }
        }
    }
}
