import TestSupport
import Testing
import Torch
import TorchNN

/// The gradients of the kernels of our own against LibTorch's, in double precision.
@Suite struct KernelGradientTests {
    /// What is made of the inputs while that is recorded, and behind it the gradients of `Σ result · weights` for some
    /// weights, of all inputs.
    private func resultAndGradients(
        _ inputs: [Tensor], _ function: ([Tensor]) throws -> Tensor
    ) throws -> [Tensor] {
        let leaves = try inputs.map { try $0.detached() }
        for leaf in leaves { try leaf.setRequiresGradient(true) }
        let result = try function(leaves)
        let weights = try RandomGenerator(seed: 99).normal(result.shape, .data)
        try (result * weights.converted(to: result.dtype)).sum().backward()
        return try [result.detached()] + leaves.map { try #require(try $0.gradient()) }
    }

    /// Checks results and gradients of float32 inputs against the same function of float64 inputs.
    private func compare(
        _ inputs: [Tensor], tolerance: Double = 1e-5,
        _ function: @escaping ([Tensor]) throws -> Tensor,
        reference: (([Tensor]) throws -> Tensor)? = nil
    ) throws {
        let reference = reference ?? function
        let doubles = try inputs.map { try $0.converted(to: .float64) }
        let expected = try resultAndGradients(doubles, reference)
        let actual = try resultAndGradients(inputs, function)
        #expect(actual.count == inputs.count + 1)
        for (actual, expected) in zip(actual, expected) {
            #expect(actual.dtype == .float32)
            #expect(try relativeDifference(actual, expected) < tolerance)
        }
    }

    /// Images that share the threads, one image in parts, and rows that no sum ends with.
    @Test(
        arguments: [
            ([6, 96, 8, 8], 32), ([1, 32, 70, 65], 8), ([2, 64, 16, 9], 32), ([3, 16, 5, 13], 1),
        ], [false, true])
    func groupNorm(sizes: ([Int], Int), activates: Bool) throws {
        let (shape, groups) = sizes
        let random = RandomGenerator(seed: 1)
        let input = try (random.normal(shape, .data) * 3 + 1).channelsLast()
        let weight = try random.normal([shape[1]], .data, chunk: 1) + 1
        let bias = try random.normal([shape[1]], .data, chunk: 2)
        try compare([input, weight, bias]) {
            try $0[0].groupNormalized(
                groups: groups, weight: $0[1], bias: $0[2], epsilon: 1e-5, thenSiLU: activates)
        }
    }

    /// A deviation that squares of the numbers would not hold in float32; what is left is the rounding of the mean.
    @Test(arguments: [[2, 32, 4, 4], [1, 32, 80, 70]]) func groupNormFarFromZero(
        shape: [Int]
    ) throws {
        let random = RandomGenerator(seed: 9)
        let input = try (random.normal(shape, .data) * 0.01 + 20).channelsLast()
        let (weight, bias) = (try Tensor.full([32], value: 2), try Tensor.full([32], value: 0.5))
        try compare([input, weight, bias], tolerance: 1e-3) {
            try $0[0].groupNormalized(
                groups: 8, weight: $0[1], bias: $0[2], epsilon: 1e-5, thenSiLU: true)
        }
    }

    /// A gradient in another memory order than the input.
    @Test func groupNormOfAPermutedGradient() throws {
        let random = RandomGenerator(seed: 2)
        let input = try random.normal([2, 32, 6, 5], .data).channelsLast()
        let (weight, bias) = (try Tensor.full([32], value: 2), try Tensor.zeros([32]))
        try compare([input, weight, bias]) {
            let result = try $0[0].groupNormalized(
                groups: 4, weight: $0[1], bias: $0[2], epsilon: 1e-5, thenSiLU: true)
            return try result.contiguous().permuted(0, 3, 1, 2)
        }
    }

    /// Frames that fill the lanes and that do not, a context of its own, and more than one vector of frames.
    @Test(arguments: [(16, 16, 3, 32), (16, 8, 2, 64), (21, 5, 1, 16), (64, 33, 2, 48)])
    func attentionAcrossFrames(frames: Int, keys: Int, heads: Int, width: Int) throws {
        let (videos, pixels, channels) = (2, 5, heads * width)
        let random = RandomGenerator(seed: 3)
        let query = try random.normal([videos * frames, pixels, channels], .data) * 2
        let key = try random.normal([videos * keys, pixels, channels], .data, chunk: 1)
        let value = try random.normal([videos * keys, pixels, channels], .data, chunk: 2)
        func sequences(_ tokens: Tensor, _ count: Int) throws -> Tensor {
            try tokens.reshaped(videos, count, pixels, heads, width)
                .permuted(0, 2, 3, 1, 4).reshaped(videos * pixels, heads, count, width)
        }
        try compare([query, key, value]) {
            try $0[0].attentionAcrossFrames(
                key: $0[1], value: $0[2], videos: videos, heads: heads)
        } reference: {
            try sequences($0[0], frames).attention(
                key: sequences($0[1], keys), value: sequences($0[2], keys)
            ).reshaped(videos, pixels, heads, frames, width).permuted(0, 3, 1, 2, 4)
                .reshaped(videos * frames, pixels, channels)
        }
    }

    /// Products that oneDNN makes, and some below its limit.
    @Test(arguments: [([3, 500, 48], 64), ([4, 16], 32)], [false, true])
    func linear(sizes: ([Int], Int), hasBias: Bool) throws {
        let (shape, outputs) = sizes
        let random = RandomGenerator(seed: 4)
        let input = try random.normal(shape, .data)
        let weight = try random.normal([outputs, shape[shape.count - 1]], .data, chunk: 1)
        let bias = try random.normal([outputs], .data, chunk: 2)
        try compare([input, weight] + (hasBias ? [bias] : [])) {
            try $0[0].linear($0[1], hasBias ? $0[2] : nil)
        }
    }

    /// One row, pieces that the threads share with a rest, and a weight that they share the products of.
    @Test(arguments: [([1, 16], 16), ([2, 450, 32], 48), ([1100, 512], 272)])
    func gatedLinear(shape: [Int], outputs: Int) throws {
        let random = RandomGenerator(seed: 5)
        let inputs = shape[shape.count - 1]
        let input = try random.normal(shape, .data)
        let weight =
            try random.normal([2 * outputs, inputs], .data, chunk: 1)
            * (2 / Double(inputs).squareRoot())
        let bias = try random.normal([2 * outputs], .data, chunk: 2)
        try compare([input, weight, bias]) {
            try $0[0].gatedLinear($0[1], $0[2])
        } reference: {
            let halves = try $0[0].linear($0[1], $0[2]).split(into: 2, axis: -1)
            return try halves[0] * halves[1].gelu()
        }
    }

    /// Where the gate is all but closed or open, and at its middle.
    @Test func gatesFarFromZero() throws {
        let gates: [Float] = [-12, -5, -3, -1, -1e-3, 0, 1e-3, 1, 3, 5, 12, -40, 40, 2, -2, 0.5]
        let weight = try Tensor.zeros([32, 16])
        let input = try Tensor.zeros([1, 16])
        let bias = try Tensor([Float](repeating: 1, count: 16) + gates, shape: [32])
        let expected = try bias.converted(to: .float64).slice(0, 16..<32).gelu()
        let result = try resultAndGradients([bias]) { leaves in
            let result = try input.gatedLinear(weight, leaves[0])
            #expect(
                try (result.converted(to: .float64) - expected).absolute().maximum().item() < 1e-6)
            return result
        }
        #expect(try result[1].isFinite())
    }

    /// What is frozen gets no gradient, and what lies before it does.
    @Test func onlyWhatIsTrainedGetsAGradient() throws {
        let layer = FeedForward(channels: 16)
        try layer.initialize(seed: 6)
        let input = try RandomGenerator(seed: 6).normal([1, 5, 16], .data)
        try layer.output.weight.setTrainable(true)
        try layer(input).sum().backward()
        #expect(try layer.output.weight.value.gradient() != nil)
        #expect(try layer.output.bias?.value.gradient() == nil)
        #expect(try layer.projection.weight.value.gradient() == nil)
        try layer.output.weight.setTrainable(false)
        try input.setRequiresGradient(true)
        try layer(input).sum().backward()
        #expect(try input.gradient() != nil)
        #expect(try layer.output.weight.value.gradient() == nil)
    }

    /// With automatic casting, attention is computed in float32: nearer to the truth than bfloat16 could be.
    @Test func attentionWithAutomaticCasting() throws {
        let random = RandomGenerator(seed: 7)
        let inputs = try (0..<3).map { try random.normal([2, 3, 16, 32], .data, chunk: $0) }
        func attended(_ inputs: [Tensor]) throws -> Tensor {
            try inputs[0].attention(key: inputs[1], value: inputs[2])
        }
        let expected = try resultAndGradients(
            inputs.map { try $0.converted(to: .float64) }, attended)
        let actual = try withAutocast(.bfloat16) { try resultAndGradients(inputs, attended) }
        for (actual, expected) in zip(actual, expected) {
            #expect(try relativeDifference(actual, expected) < 1e-5)
        }
    }

    /// With automatic casting, norms and attention over frames take bfloat16 and compute in float32; gradients come back in
    /// bfloat16.
    @Test func kernelsWithAutomaticCasting() throws {
        let random = RandomGenerator(seed: 10)
        let images = try random.normal([4, 32, 3, 5], .data).channelsLast()
        let tokens = try random.normal([8, 3, 32], .data)
        let (weight, bias) = (try Tensor.full([32], value: 2), try Tensor.zeros([32]))
        func normalized(_ inputs: [Tensor]) throws -> Tensor {
            let dtype = inputs[0].dtype == .float64 ? DType.float64 : .float32
            return try inputs[0].groupNormalized(
                groups: 4, weight: weight.converted(to: dtype), bias: bias.converted(to: dtype),
                epsilon: 1e-5, thenSiLU: true)
        }
        func attended(_ inputs: [Tensor]) throws -> Tensor {
            guard inputs[0].dtype == .float64 else {
                return try inputs[0].attentionAcrossFrames(
                    key: inputs[0], value: inputs[0], videos: 1, heads: 1)
            }
            let rows = try inputs[0].permuted(1, 0, 2).reshaped(3, 1, 8, 32)
            return try rows.attention(key: rows, value: rows).reshaped(3, 8, 32).permuted(1, 0, 2)
        }
        for (input, function) in [(images, normalized), (tokens, attended)] {
            let half = try input.converted(to: .bfloat16)
            let actual = try withAutocast(.bfloat16) { try resultAndGradients([half], function) }
            let expected = try resultAndGradients([half.converted(to: .float64)], function)
            #expect(actual[0].dtype == .float32 && actual[1].dtype == .bfloat16)
            #expect(try relativeDifference(actual[0], expected[0]) < 1e-5)
            #expect(try relativeDifference(actual[1], expected[1]) < 5e-3)
        }
    }

    /// Where automatic casting makes products in pairs, only what is multiplied is rounded; bfloat16 holds all of it here.
    ///
    /// Rows that are even and odd in number, in one piece and in several, and rows of bfloat16.
    @Test(
        .enabled(if: Runtime.hasFastPairs),
        arguments: [[256, 96], [3, 87, 32], [2501, 64]], [DType.float32, .bfloat16])
    func linearWithAutomaticCasting(shape: [Int], dtype: DType) throws {
        let random = RandomGenerator(seed: 12)
        func rounded(_ shape: [Int], _ chunk: Int) throws -> Tensor {
            try random.normal(shape, .data, chunk: chunk).converted(to: .bfloat16)
                .converted(to: .float32)
        }
        let inputs = shape.last!
        let parts = [
            try rounded(shape, 0), try rounded([160, inputs], 1),
            try random.normal([160], .data, chunk: 2),
        ]
        let change = try rounded(shape.dropLast() + [160], 3)
        func gradients(_ parts: [Tensor]) throws -> [Tensor] {
            let leaves = try parts.map { try $0.detached() }
            for leaf in leaves { try leaf.setRequiresGradient(true) }
            let result = try leaves[0].linear(leaves[1], leaves[2])
            try (result * change.converted(to: result.dtype)).sum().backward()
            return try [result.detached()] + leaves.map { try #require(try $0.gradient()) }
        }
        let expected = try gradients(parts.map { try $0.converted(to: .float64) })
        let actual = try withAutocast(.bfloat16) {
            try gradients([parts[0].converted(to: dtype), parts[1], parts[2]])
        }
        #expect(actual.map(\.dtype) == [.float32, dtype, .float32, .float32])
        for (index, (actual, expected)) in zip(actual, expected).enumerated() {
            // The gradient of rows of bfloat16 is rounded to it.
            let bound = index == 1 && dtype == .bfloat16 ? 3e-3 : 2e-6
            #expect(try relativeDifference(actual, expected) < bound)
        }
        // A frozen layer without a bias hands the same gradient on.
        let input = try parts[0].detached()
        try input.setRequiresGradient(true)
        try withAutocast(.bfloat16) { try (input.linear(parts[1], nil) * change).sum().backward() }
        #expect(try relativeDifference(#require(try input.gradient()), expected[1]) < 2e-6)
    }

    /// A gated layer rounds what it is projected to before it multiplies it for the gradients.
    @Test(.enabled(if: Runtime.hasFastPairs), arguments: [(601, 64, 128), (1101, 512, 544)])
    func gatedLinearWithAutomaticCasting(rows: Int, inputs: Int, outputs: Int) throws {
        let random = RandomGenerator(seed: 13)
        let parts = [
            try random.normal([rows, inputs], .data),
            try random.normal([outputs, inputs], .data, chunk: 1)
                * (0.8 / Double(inputs).squareRoot()),
            try random.normal([outputs], .data, chunk: 2),
        ]
        func gated(_ parts: [Tensor]) throws -> Tensor {
            let halves = try parts[0].linear(parts[1], parts[2]).split(into: 2, axis: 1)
            return try halves[0] * halves[1].gelu()
        }
        let expected = try resultAndGradients(
            parts.map { try $0.converted(to: .float64) }, gated)
        let actual = try withAutocast(.bfloat16) {
            try resultAndGradients(parts) { try $0[0].gatedLinear($0[1], $0[2]) }
        }
        for (actual, expected) in zip(actual, expected) {
            #expect(actual.dtype == .float32)
            let difference = try relativeDifference(actual, expected)
            #expect(difference < 8e-3 && difference > 1e-5)
        }
    }

    /// A frozen gated layer gives what lies before it the same gradient as one that is trained, and two runs the same bits.
    @Test func gatedLinearInAllStatesOfTraining() throws {
        let random = RandomGenerator(seed: 11)
        let weight = try random.normal([64, 48], .data) * 0.2
        let bias = try random.normal([64], .data, chunk: 1)
        // Rows that do not lie side by side.
        let input = try random.normal([2, 48, 300], .data, chunk: 2).transposed(1, 2)
        func gradients(_ trained: [Bool]) throws -> [Tensor?] {
            let leaves = try [input, weight, bias].map { try $0.detached() }
            for (leaf, isTrained) in zip(leaves, trained) where isTrained {
                try leaf.setRequiresGradient(true)
            }
            try leaves[0].gatedLinear(leaves[1], leaves[2]).squared().sum().backward()
            return try leaves.map { try $0.gradient() }
        }
        let all = try gradients([true, true, true])
        for trained in [
            [true, true, true], [true, false, false], [false, true, false], [false, false, true],
        ] {
            let some = try gradients(trained)
            for (index, isTrained) in trained.enumerated() {
                #expect(try some[index]?.bytes() == (isTrained ? all[index]?.bytes() : nil))
            }
        }
    }

    /// A convolution's weight that is trained lies as oneDNN reads it, with the same numbers, and its gradient beside it.
    @Test func weightsOfConvolutionsLieChannelsLast() throws {
        let layer = Convolution2D(16, 32)
        try layer.initialize(seed: 8)
        let before = try layer.weight.value.bytes()
        #expect(try !layer.weight.value.permuted(0, 2, 3, 1).isContiguous)
        try layer.setTrainable(true)
        #expect(try layer.weight.value.bytes() == before)
        #expect(try layer.weight.value.permuted(0, 2, 3, 1).isContiguous)
        try layer(RandomGenerator(seed: 8).normal([1, 16, 4, 4], .data).channelsLast())
            .sum().backward()
        let gradient = try #require(try layer.weight.value.gradient())
        #expect(try gradient.permuted(0, 2, 3, 1).isContiguous)
    }
}
