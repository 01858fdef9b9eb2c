import TestSupport
import Testing
import Torch

@testable import TorchNN

/// Layers of every kind that is packed, some below and some above the size where packing pays.
private final class Mixed: Module {
    let entry = Convolution2D(3, 32, kernel: 1)
    let norm = GroupNorm(groups: 4, channels: 32)
    let down = Convolution2D(32, 64, stride: 2, bias: false)
    let time = FrameConvolution(channels: 64)
    let tokenNorm = LayerNorm(64)
    let attention = Attention(channels: 64, heads: 2, headDimension: 32)
    let feedForward = FeedForward(channels: 64)
    let wide = Linear(64, 9000)  // its weight alone is above the limit

    /// `[F, 3, H, W]` to `[F, 9000]`.
    func callAsFunction(_ frames: Tensor) throws(TensorError) -> Tensor {
        var hidden = try down(norm(entry(frames)).silu())  // [F, 64, H/2, W/2]
        let (f, c, h, w) = try hidden.shape4()
        let video = try hidden.permuted(1, 0, 2, 3).reshaped(1, c, f, h * w)
        hidden = try hidden + time(video).reshaped(c, f, h, w).permuted(1, 0, 2, 3)
        var tokens = try hidden.permuted(0, 2, 3, 1).reshaped(f, h * w, c)
        tokens = try tokens + attention(tokenNorm(tokens))
        tokens = try tokens + feedForward(tokenNorm(tokens))
        return try wide(tokens.mean([1]))
    }
}

@Suite struct PreparationTests {
    /// What the processor computes in, and how far that may be from float32.
    static let precisions: [(DType, Double)] =
        [(.float32, 1e-5), (.bfloat16, 2e-2)]
        + (Runtime.hasNativeFloat16 ? [(.float16, 2e-3)] : [])

    private func mixed() throws -> Mixed {
        let network = Mixed()
        try network.initialize(seed: 5)
        return network
    }

    @Test(arguments: precisions, [false, true])
    func preparedNetworkComputesTheSame(precision: (DType, Double), isChannelsLast: Bool) throws {
        let network = try mixed()
        let rows = try RandomGenerator(seed: 6).normal([4, 3, 16, 16], .data)
        let frames = isChannelsLast ? try rows.channelsLast() : rows
        let expected = try network(frames)
        try network.prepare(for: .inference(dtype: precision.0))
        let actual = try withInferenceMode { try network(frames) }
        #expect(actual.dtype == .float32, "the type of the input")
        #expect(try relativeDifference(actual, expected) < precision.1)
    }

    @Test(arguments: [[1, 64], [2, 3, 64], [16, 64, 64]], [true, false])
    func linearOfAnySize(shape: [Int], hasBias: Bool) throws {
        let layer = Linear(64, 96, bias: hasBias)
        try layer.initialize(seed: 1)
        let input = try RandomGenerator(seed: 2).normal(shape, .data)
        let expected = try layer(input)
        try layer.prepare(for: .inference())
        #expect(try relativeDifference(layer(input), expected) < 1e-5)
        try layer.prepare(for: .inference(dtype: .bfloat16))
        #expect(try relativeDifference(layer(input), expected) < 2e-2)
    }

    /// One piece, and two of which the second is shorter.
    @Test(arguments: [3, 700], precisions)
    func feedForwardOfAnySize(length: Int, precision: (DType, Double)) throws {
        let layer = FeedForward(channels: 32)
        try layer.initialize(seed: 1)
        let input = try RandomGenerator(seed: 2).normal([2, length, 32], .data)
        let expected = try layer(input)
        try layer.prepare(for: .inference(dtype: precision.0))
        #expect(!layer.projection.weight.isFilled, "the packed halves replace it")
        let actual = try layer(input)
        #expect(actual.dtype == .float32 && actual.shape == input.shape)
        #expect(try relativeDifference(actual, expected) < precision.1)
    }

    @Test func float16RefusesWeightsBeyondItsRange() throws {
        let layer = Linear(16, 16)
        try layer.initialize(seed: 1)
        try layer.weight.load(Tensor.full([16, 16], value: 65520))
        let error = #expect(throws: TensorError.self) {
            try layer.prepare(for: .inference(dtype: .float16))
        }
        #expect(error?.description.contains("Use bfloat16") == true)
        try layer.weight.load(Tensor.full([16, 16], value: 65504))
        try layer.prepare(for: .inference(dtype: .float16))
    }

    @Test func linearOfATransposedInput() throws {
        let layer = Linear(128, 256)
        try layer.initialize(seed: 1)
        let input = try RandomGenerator(seed: 2).normal([4, 128, 64], .data).transposed(1, 2)
        let expected = try layer(input.contiguous())
        try layer.prepare(for: .inference())
        #expect(try relativeDifference(layer(input), expected) < 1e-5)
    }

    /// A small layer keeps its plain weight, and is packed again only if that was replaced.
    @Test func smallLayersArePackedOnce() throws {
        let layer = Linear(64, 32)
        try layer.initialize(seed: 1)
        try layer.prepare(for: .inference())
        let packed = try #require(layer.packed?.weight)
        #expect(layer.weight.isFilled)
        try layer.prepare(for: .inference())
        #expect(layer.packed?.weight === packed)
        for change in [layer.weight.load, layer.weight.assign] {
            let before = try #require(layer.packed?.weight)
            try change(Tensor.full([32, 64], value: 0.5))
            try layer.prepare(for: .inference())
            #expect(layer.packed?.weight !== before)
        }
        // Many rows, for which the packed form is taken.
        let input = try Tensor.full([1024, 64], value: 1)
        let expected = try input.linear(layer.weight.value, layer.bias?.value)
        #expect(try relativeDifference(layer(input), expected) < 1e-5)
        layer.release()
        #expect(throws: TensorError.self) { try layer.prepare(for: .inference()) }
    }

    @Test(arguments: [1, 3, 4], [1, 2])
    func convolutionOfAnyForm(kernel: Int, stride: Int) throws {
        let layer = Convolution2D(5, 7, kernel: kernel, stride: stride, padding: 1)
        try layer.initialize(seed: 1)
        let input = try RandomGenerator(seed: 2).normal([2, 5, 9, 12], .data)
        let expected = try layer(input)
        try layer.prepare(for: .inference())
        #expect(try relativeDifference(layer(input), expected) < 1e-5)
        #expect(try relativeDifference(layer(input.channelsLast()), expected) < 1e-5)
        #if arch(x86_64)
        #expect(try !layer(input).isContiguous, "packed kernels write channels last")
        #endif
    }

    /// Kernels are packed for one shape at a time; more shapes than are kept come and return.
    @Test(arguments: precisions)
    func convolutionOfManyShapes(precision: (DType, Double)) throws {
        let layer = Convolution2D(48, 96)
        try layer.initialize(seed: 1)
        let plain = Convolution2D(48, 96)
        try plain.initialize(seed: 1)
        try layer.prepare(for: .inference(dtype: precision.0))
        var results: [[UInt8]] = []
        for round in 0..<2 {
            for (index, side) in [8, 4, 5, 2, 16, 1].enumerated() {
                let input = try RandomGenerator(seed: 2).normal([index + 1, 48, side, side], .data)
                    .channelsLast()
                let output = try layer(input)
                #expect(try relativeDifference(output, plain(input)) < precision.1)
                if round == 0 {
                    results.append(try output.bytes())
                } else {
                    #expect(try output.bytes() == results[index])
                }
            }
        }
    }

    /// Below its limit a layer computes in float32 whatever the preparation.
    @Test func smallProductsStayExact() throws {
        let layer = Linear(64, 96)
        try layer.initialize(seed: 1)
        let input = try RandomGenerator(seed: 2).normal([2, 64], .data)
        let many = try RandomGenerator(seed: 2).normal([2048, 64], .data)
        let (exact, exactMany) = (try layer(input), try layer(many))
        try layer.prepare(for: .inference(dtype: .bfloat16))
        #expect(try layer(input).bytes() == exact.bytes())
        let difference = try relativeDifference(layer(many), exactMany)
        #expect(difference > 1e-4 && difference < 2e-2, "large products are in bfloat16")
    }

    @Test func replacedWeightsAreFreedAndOthersStay() throws {
        let network = try mixed()
        try network.prepare(for: .inference())
        #expect(!network.entry.weight.isFilled)
        #expect(!network.time.bias.isFilled)
        #expect(!network.wide.weight.isFilled)
        #expect(network.norm.weight.isFilled)
        let frames = try RandomGenerator(seed: 6).normal([2, 3, 8, 8], .data)
        let first = try network(frames)
        try network.prepare(for: .inference())  // a second time changes nothing
        #expect(try network(frames).bytes() == first.bytes())
        #expect(throws: TensorError.emptyParameter(shape: [32, 3, 1, 1])) {
            try network.prepare(for: .inference(dtype: .bfloat16))
        }
        // Fresh weights can be prepared in another way.
        try network.initialize(seed: 5)
        try network.prepare(for: .inference(dtype: .bfloat16))
        #expect(try relativeDifference(network(frames), first) < 2e-2)
    }

    @Test func preparedShapesAreStillChecked() throws {
        let network = try mixed()
        try network.prepare(for: .inference())
        let error = try #require(throws: TensorError.self) {
            try network(Tensor.zeros([2, 4, 8, 8]))
        }
        #expect("\(error)".contains("[2, 4, 8, 8]"))
    }
}
