import TestSupport
import Testing
import Torch

@testable import TorchNN

/// Products and convolutions with packed weights against LibTorch's in double precision.
@Suite struct ProductTests {
    /// The types that weights are packed as; what they round away is not counted, as both sides see the rounded weights.
    static let types: [DType] = [.float32, .bfloat16, .float16]

    private func weights(_ shape: [Int], _ type: DType) throws -> Tensor {
        let scale = 1 / Double(shape.dropFirst().reduce(1, *)).squareRoot()
        return try (RandomGenerator(seed: 1).normal(shape, .data) * scale).converted(to: type)
            .converted(to: .float32)
    }

    /// Rows that fill tiles and that do not, in one part and in many, and rows so long that they are multiplied in pieces.
    @Test(
        arguments: [
            ([1, 48], 32), ([13, 100], 96), ([15, 64], 64), ([2, 85, 33], 32), ([400, 16], 160),
            ([29, 3100], 64), ([0, 16], 32),
        ], types)
    func linear(layer: (shape: [Int], outputs: Int), type: DType) throws {
        let inputs = layer.shape.last!
        let weight = try weights([layer.outputs, inputs], type)
        let random = RandomGenerator(seed: 2)
        let input = try random.normal(layer.shape, .data)
        let bias = try random.normal([layer.outputs], .data, chunk: 1)
        let factor = try random.normal(
            layer.shape.dropLast() + [layer.outputs], .data, chunk: 2)
        func double(_ tensor: Tensor) throws -> Tensor { try tensor.converted(to: .float64) }
        let packed = try weight.packedForProduct(dtype: type)
        #expect(packed.dtype == type && packed.shape == [1, layer.outputs / 32, inputs, 32])
        let plain = try double(input).linear(double(weight), nil)
        let whole = try double(input).linear(double(weight), double(bias))
        #expect(try relativeDifference(input.packedLinear(packed, nil), plain) < 2e-6)
        #expect(try relativeDifference(input.packedLinear(packed, bias), whole) < 2e-6)
        #expect(
            try relativeDifference(
                input.packedLinear(packed, bias, thenGELU: true), whole.gelu()) < 2e-6)
        #expect(
            try relativeDifference(
                input.packedLinear(packed, bias, times: factor), whole * double(factor)) < 2e-6)
    }

    @Test(
        arguments: [
            ((1, 1), 1, (0, 0)), ((3, 3), 2, (1, 1)), ((3, 1), 1, (1, 0)), ((2, 4), 3, (0, 2)),
        ],
        types)
    func convolution(
        layer: (kernel: (Int, Int), stride: Int, padding: (Int, Int)), type: DType
    ) throws {
        let weight = try weights([64, 20, layer.kernel.0, layer.kernel.1], type)
        let random = RandomGenerator(seed: 3)
        let (input, bias) = (
            try random.normal([3, 20, 9, 14], .data), try random.normal([64], .data, chunk: 1)
        )
        let packed = try weight.packedForProduct(dtype: type)
        for images in [input, try input.channelsLast()] {
            for shift in [nil, bias] {
                let actual = try images.packedConvolved(
                    packed, shift, kernel: layer.kernel, stride: layer.stride,
                    padding: layer.padding)
                let expected = try convolved(
                    images, weight, shift, stride: layer.stride, padding: layer.padding)
                #expect(try relativeDifference(actual, expected) < 2e-6)
                #expect(try actual.permuted(0, 2, 3, 1).isContiguous)
            }
        }
    }

    /// In pairs, what is multiplied is rounded to bfloat16, and summed up in float32.
    @Test(
        .enabled(if: Runtime.hasNativeBFloat16),
        arguments: [
            ([1, 48], 32), ([13, 112], 96), ([2, 85, 32], 32), ([400, 16], 160), ([29, 3104], 64),
            ([0, 16], 32),
        ])
    func linearInPairs(shape: [Int], outputs: Int) throws {
        let weight = try weights([outputs, shape.last!], .bfloat16)
        let random = RandomGenerator(seed: 8)
        let (input, bias) = (
            try random.normal(shape, .data), try random.normal([outputs], .data, chunk: 1)
        )
        let packed = try weight.packedForProduct(dtype: .bfloat16, inPairs: true)
        #expect(packed.shape == [1, outputs / 32, shape.last! / 2, 32, 2])
        func double(_ tensor: Tensor) throws -> Tensor { try tensor.converted(to: .float64) }
        let rounded = try double(input.converted(to: .bfloat16))
        let expected = try rounded.linear(double(weight), double(bias))
        #expect(try relativeDifference(input.packedLinear(packed, bias), expected) < 2e-6)
        let gated = try input.packedLinear(
            packed, bias, thenGELU: true, times: expected.converted(to: .float32))
        #expect(try relativeDifference(gated, expected.gelu() * expected) < 2e-6)
    }

    @Test(
        .enabled(if: Runtime.hasNativeBFloat16),
        arguments: [((1, 1), 1, (0, 0)), ((3, 3), 2, (1, 1)), ((2, 4), 3, (0, 2))])
    func convolutionInPairs(kernel: (Int, Int), stride: Int, padding: (Int, Int)) throws {
        let weight = try weights([64, 48, kernel.0, kernel.1], .bfloat16)
        let random = RandomGenerator(seed: 9)
        let (input, bias) = (
            try random.normal([3, 48, 9, 14], .data), try random.normal([64], .data, chunk: 1)
        )
        let packed = try weight.packedForProduct(dtype: .bfloat16, inPairs: true)
        let actual = try input.packedConvolved(
            packed, bias, kernel: kernel, stride: stride, padding: padding)
        let expected = try convolved(
            input.converted(to: .bfloat16), weight, bias, stride: stride, padding: padding)
        #expect(try relativeDifference(actual, expected) < 2e-6)
    }

    /// Numbers that bfloat16 has no digits for become its nearest, of two the even one; what is no number stays none.
    @Test(.enabled(if: Runtime.hasNativeBFloat16)) func roundingInPairs() throws {
        let ulp = Float(0x1p-7)
        let numbers: [Float] = [
            1 + ulp / 2, 1 + 1.5 * ulp, -1 - 0.51 * ulp, 3.4028235e38, .infinity, -.infinity, .nan,
            Float(bitPattern: 0x7FFF_FFFF),
        ]
        let identity = try Tensor(
            (0..<32 * 16).map { $0 % 16 == $0 / 16 ? Float(1) : 0 }, shape: [32, 16])
        let packed = try identity.packedForProduct(dtype: .bfloat16, inPairs: true)
        for number in numbers {
            let input = try Tensor(
                [number] + Array(repeating: Float(0), count: 15), shape: [1, 16])
            let expected = try input.converted(to: .bfloat16).converted(to: .float32).values(
                as: Float.self)[0]
            let actual = try input.packedLinear(packed, nil).values(as: Float.self)[0]
            #expect(actual == expected || (actual.isNaN && number.isNaN))
        }
    }

    /// Images that tiles fill and that they do not, smaller than a tile, and of many tiles.
    @Test(
        arguments: [
            [2, 32, 8, 8], [3, 48, 5, 13], [1, 16, 1, 1], [1, 16, 40, 50], [0, 16, 4, 4],
        ],
        [(3, 4), (3, 2), (1, 4), (1, 2)])
    func winograd(shape: [Int], form: (columns: Int, results: Int)) throws {
        let weight = try weights([96, shape[1], 3, form.columns], .float32)
        let padding = (1, form.columns / 2)
        let random = RandomGenerator(seed: 4)
        let (input, bias) = (
            try random.normal(shape, .data), try random.normal([96], .data, chunk: 1)
        )
        var kernels = [
            (try weight.winogradKernel(results: form.results, dtype: .float32), 5e-6),
            (try weight.winogradKernel(results: form.results, dtype: .float16), 3e-3),
        ]
        if Runtime.hasNativeBFloat16 {
            let pairs = try weight.winogradKernel(
                results: form.results, dtype: .bfloat16, inPairs: true)
            kernels.append((pairs, form.results == 2 ? 8e-3 : 2.5e-2))
        }
        for (kernel, bound) in kernels {
            for images in [input, try input.channelsLast()] {
                for shift in [nil, bias] {
                    let actual = try images.winogradConvolved(kernel, shift)
                    let expected = try convolved(images, weight, shift, stride: 1, padding: padding)
                    #expect(try relativeDifference(actual, expected) < bound)
                    #expect(try actual.permuted(0, 2, 3, 1).isContiguous)
                }
            }
        }
    }

    /// As frames lie in a video: pixels of one frame side by side, the frames further apart than they are long.
    @Test func winogradOfAView() throws {
        // [B, F, pixels, C + 8]
        let video = try RandomGenerator(seed: 5).normal([2, 9, 6, 40], .data)
        let view = try video.slice(3, 8..<40).permuted(0, 3, 1, 2)  // [B, C, F, pixels]
        let weight = try weights([32, 32, 3, 1], .float32)
        let kernel = try weight.winogradKernel(results: 4, dtype: .float32)
        let expected = try convolved(view, weight, nil, stride: 1, padding: (1, 0))
        #expect(try relativeDifference(view.winogradConvolved(kernel, nil), expected) < 5e-6)
    }

    /// What an image becomes does not depend on the others of its batch, nor on how threads share them.
    @Test func anImageAloneIsTheSameBits() throws {
        let weight = try weights([64, 32, 3, 3], .float32)
        let input = try RandomGenerator(seed: 6).normal([5, 32, 11, 7], .data).channelsLast()
        let kernel = try weight.winogradKernel(results: 4, dtype: .float32)
        let packed = try weight.packedForProduct(dtype: .bfloat16)
        let pairs =
            Runtime.hasNativeBFloat16
            ? try weight.winogradKernel(results: 2, dtype: .bfloat16, inPairs: true) : kernel
        func all(_ images: Tensor) throws -> [Tensor] {
            [
                try images.winogradConvolved(kernel, nil),
                try images.winogradConvolved(pairs, nil),
                try images.packedConvolved(packed, nil, kernel: (3, 3), padding: (1, 1)),
            ]
        }
        for (whole, alone) in zip(try all(input), try all(input.slice(0, 3..<4))) {
            #expect(try whole.slice(0, 3..<4).contiguous().bytes() == alone.contiguous().bytes())
        }
    }

    @Test func misfitsAreRefused() throws {
        let wide = try weights([33, 16], .float32)
        #expect(throws: TensorError.self) { try wide.packedForProduct(dtype: .float32) }
        let kernel = try weights([32, 16, 3, 3], .float32)
        #expect(throws: TensorError.self) { try kernel.winogradKernel(results: 3, dtype: .float32) }
        #expect(throws: TensorError.self) { try kernel.winogradKernel(results: 4, dtype: .int8) }
        #expect(throws: TensorError.self) {
            try weights([32, 24], .float32).packedForProduct(dtype: .bfloat16, inPairs: true)
        }
        #expect(throws: TensorError.self) {
            try kernel.packedForProduct(dtype: .float16, inPairs: true)
        }
        #expect(throws: TensorError.self) {
            try weights([32, 12, 3, 3], .float32).winogradKernel(results: 4, dtype: .float32)
        }
        let packed = try kernel.winogradKernel(results: 4, dtype: .float32)
        let images = try Tensor.zeros([1, 16, 4, 4])
        #expect(throws: TensorError.self) {
            try Tensor.zeros([1, 32, 4, 4]).winogradConvolved(packed, nil)
        }
        for wrong in [packed.scales, try kernel.packedForProduct(dtype: .float32)] {
            #expect(throws: TensorError.self) {
                try images.winogradConvolved(
                    WinogradKernel(numbers: wrong, scales: packed.scales), nil)
            }
        }
        #expect(throws: TensorError.self) {
            try images.packedConvolved(
                kernel.packedForProduct(dtype: .float32), nil, kernel: (3, 3), stride: 2,
                padding: (0, 0)
            ).packedConvolved(
                kernel.packedForProduct(dtype: .float32), nil, kernel: (3, 3), stride: 2,
                padding: (0, 0))
        }
        #expect(throws: TensorError.self) {
            try images.packedConvolved(
                kernel.packedForProduct(dtype: .float32), nil, kernel: (3, 3), stride: 0,
                padding: (1, 1))
        }
        try images.setRequiresGradient(true)
        #expect(throws: TensorError.self) { try images.winogradConvolved(packed, nil) }
        let linear = try weights([32, 16], .float32).packedForProduct(dtype: .bfloat16)
        #expect(throws: TensorError.self) { try Tensor.zeros([4, 17]).packedLinear(linear, nil) }
        #expect(throws: TensorError.self) {
            try Tensor.zeros([4, 16]).packedLinear(linear, Tensor.zeros([31]))
        }
        #expect(throws: TensorError.self) {
            try Tensor.zeros([4, 16]).packedLinear(linear, nil, times: Tensor.zeros([4, 16]))
        }
    }

    /// Kernels in half precision are scaled into its range, each output by itself.
    @Test(arguments: [1e30, 1e8, 1e-6, 1e-30])
    func bfloat16TakesKernelsOfAnySize(size: Double) throws {
        let layer = Convolution2D(32, 32, bias: false)
        try layer.initialize(seed: 1)
        let spread = try Tensor([Float(1), 1e-7], shape: [2, 1, 1, 1]).repeatedEach(16, axis: 0)
        try layer.weight.load(layer.weight.value * spread * size)
        let input = try RandomGenerator(seed: 7).normal([1, 32, 8, 8], .data).channelsLast()
        let expected = try layer(input)
        try layer.prepare(for: .inference(dtype: .bfloat16))
        let actual = try layer(input)
        for half in [0..<16, 16..<32] {
            #expect(try relativeDifference(actual.slice(1, half), expected.slice(1, half)) < 2e-2)
        }
    }

    /// Where the processor has them, layers take the forms that they are meant to take, and the forecast counts them.
    @Test(arguments: [
        (128, 1, 3, DType.float32, 4.0), (640, 1, 3, .float32, 16.0 / 9), (1280, 1, 3, .float32, 1),
        (128, 2, 3, .float32, 1), (128, 1, 3, .float16, 4), (128, 1, 3, .bfloat16, 4),
        (128, 1, 1, .bfloat16, 1),
    ])
    func growthOfConvolutions(
        channels: Int, stride: Int, kernel: Int, type: DType, growth: Double
    ) throws {
        let preparation = Preparation.inference(dtype: type)
        let layer = Convolution2D(channels, channels, kernel: kernel, stride: stride)
        let numbers = channels * channels * kernel * kernel
        let most = preparation.multipliesPairs ? 16.0 / 9 : 4
        let factor = preparation.hasOwnProducts ? min(growth, most) : 1
        #expect(
            layer.byteCount(preparedFor: preparation)
                == (Int(Double(numbers) * factor) + channels) * type.byteCount)
    }

    /// Along frames, tiles are 4 long, 2 in pairs; large layers have none.
    @Test(arguments: [(128, DType.float32), (128, .float16), (128, .bfloat16), (1280, .bfloat16)])
    func growthAlongFrames(channels: Int, type: DType) throws {
        let preparation = Preparation.inference(dtype: type)
        let tile = WinogradConvolution.Tile(
            [channels, channels, 3, 1], stride: 1, padding: (1, 0), for: preparation)
        let growth = preparation.multipliesPairs ? 4.0 / 3 : 2
        let isTiled = preparation.hasOwnProducts && channels == 128
        #expect(tile?.growth == (isTiled ? growth : nil))
    }

    private func convolved(
        _ images: Tensor, _ weight: Tensor, _ bias: Tensor?, stride: Int, padding: (Int, Int)
    ) throws -> Tensor {
        try images.converted(to: .float64).contiguous().convolved2D(
            weight.converted(to: .float64), bias?.converted(to: .float64), stride: stride,
            padding: padding)
    }
}
