import TestSupport
import Testing
import Torch
import TorchNN

/// Layers against LibTorch's own operators or arithmetic written out.
@Suite struct LayerTests {
    @Test(arguments: [false, true]) func frameConvolutionIsConv3D(isPrepared: Bool) throws {
        let (b, c, f, h, w) = (2, 6, 5, 3, 4)
        let layer = FrameConvolution(channels: c)
        try layer.initialize(seed: 3)
        let video = try RandomGenerator(seed: 4).normal([b, c, f, h, w], .data)
        let expected = try Operator.call(
            "aten::conv3d", "", .tensor(video), .tensor(layer.weight.value),
            .tensor(layer.bias.value), .ints([1, 1, 1]), .ints([1, 0, 0]))
        if isPrepared { try layer.prepare(for: .inference()) }
        let actual = try layer(video.reshaped(b, c, f, h * w)).reshaped(b, c, f, h, w)
        #expect(try relativeDifference(actual, expected) < 1e-6)
    }

    @Test func groupNormWrittenOut() throws {
        let layer = GroupNorm(groups: 2, channels: 4, epsilon: 0.1)
        try layer.fillWithDoubles(seed: 1)
        let input = try sample([1, 4, 3], seed: 2)
        let x = try input.values(as: Double.self)
        let (weight, bias) = (
            try layer.weight.value.values(as: Double.self),
            try layer.bias.value.values(as: Double.self)
        )
        var expected: [Double] = []
        for index in x.indices {
            let group = x[(index / 6 * 6)..<(index / 6 * 6 + 6)]
            let mean = group.reduce(0, +) / 6
            let variance = group.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 6
            let normal = (x[index] - mean) / (variance + 0.1).squareRoot()
            expected.append(normal * weight[index / 3] + bias[index / 3])
        }
        let difference = try relativeDifference(layer(input), Tensor(expected, shape: [1, 4, 3]))
        #expect(difference < 1e-12)
    }

    @Test func attentionWrittenOut() throws {
        let layer = Attention(channels: 4, contextChannels: 3, heads: 2, headDimension: 2)
        try layer.fillWithDoubles(seed: 1)
        let tokens = try sample([1, 3, 4], seed: 2)
        let context = try sample([1, 5, 3], seed: 3)
        var heads: [Tensor] = []
        for head in 0..<2 {
            func part(_ linear: Linear, _ input: Tensor) throws -> Tensor {
                let rows = try linear.weight.value.slice(0, 2 * head..<2 * head + 2)
                return try input.multiplied(by: rows.transposed(0, 1))
            }
            let scores = try part(layer.toQ, tokens)
                .multiplied(by: part(layer.toK, context).transposed(1, 2))
            heads.append(
                try (scores / 2.0.squareRoot()).softmax(-1).multiplied(by: part(layer.toV, context))
            )
        }
        let joined = try Tensor.concatenated(heads, axis: 2)
        let bias = try #require(layer.toOut.bias)
        let expected =
            try joined.multiplied(by: layer.toOut.weight.value.transposed(0, 1))
            + bias.value
        #expect(try relativeDifference(layer(tokens, context: context), expected) < 1e-12)
    }

    @Test func causalAttentionSeesNoLaterToken() throws {
        let layer = Attention(channels: 4, heads: 2, headDimension: 2, bias: true)
        try layer.initialize(seed: 1)
        let tokens = try RandomGenerator(seed: 2).normal([1, 4, 4], .data)
        let whole = try layer(tokens, isCausal: true).slice(1, 0..<2)
        let start = try layer(tokens.slice(1, 0..<2), isCausal: true)
        #expect(try relativeDifference(whole, start) < 1e-6)
        let free = try layer(tokens).slice(1, 0..<2)
        #expect(try relativeDifference(free, start) > 1e-3)
    }

    @Test func feedForwardGatesTheFirstHalfByTheSecond() throws {
        let layer = FeedForward(channels: 2)
        try layer.fillWithDoubles(seed: 4)
        let tokens = try sample([1, 3, 2], seed: 5)
        let inner = try tokens.linear(layer.projection.weight.value, layer.projection.bias.value)
        let expected = try layer.output(inner.slice(2, 0..<8) * inner.slice(2, 8..<16).gelu())
        #expect(try relativeDifference(layer(tokens), expected) < 1e-12)
        #expect(try relativeDifference(layer(tokens), Tensor.zeros([1, 3, 2])) > 0.1)
    }

    @Test func emptyParametersAreErrors() throws {
        let layer = Linear(3, 2)
        let input = try Tensor.zeros([1, 3])
        #expect(throws: TensorError.emptyParameter(shape: [2, 3])) { try layer(input) }
        #expect(throws: TensorError.emptyParameter(shape: [2, 3])) {
            try layer.setTrainable(true)
        }
        #expect(throws: TensorError.emptyParameter(shape: [2, 3])) {
            try layer.prepare(for: .inference())
        }
        #expect(
            throws: TensorError.shapeMismatch(
                place: "parameter", expected: "shape [2, 3]", actual: [3, 2])
        ) { try layer.weight.load(Tensor.zeros([3, 2])) }
    }
}
