import TestSupport
import Testing
import Torch
import TorchNN

/// The kernels of our own against LibTorch's operators in double precision.
@Suite struct KernelTests {
    /// Images that share the threads, one image in parts, rows that no sum ends with, and a wide group.
    @Test(arguments: [
        ([6, 96, 8, 8], 32), ([1, 32, 70, 65], 8), ([2, 64, 16, 9], 32), ([3, 16, 5, 13], 1),
    ])
    func groupNormThenSiLU(shape: [Int], groups: Int) throws {
        let layer = GroupNorm(groups: groups, channels: shape[1])
        let random = RandomGenerator(seed: 1)
        try layer.weight.load(random.normal([shape[1]], .data) + 1)
        try layer.bias.load(random.normal([shape[1]], .data, chunk: 1))
        // Far from zero and of different widths, where sums of squares lose digits.
        let spread = try random.normal([1, shape[1], 1, 1], .data, chunk: 2)
        let input = try (random.normal(shape, .data, chunk: 3) * spread * 30 + 20).channelsLast()
        let expected = try input.converted(to: .float64).contiguous().groupNormalized(
            groups: groups, weight: layer.weight.value.converted(to: .float64),
            bias: layer.bias.value.converted(to: .float64), epsilon: 1e-5)
        let (plain, activated) = try withInferenceMode { () throws(TensorError) in
            (try layer(input), try layer.thenSiLU(input))
        }
        #expect(try relativeDifference(plain, expected) < 1e-5)
        #expect(try relativeDifference(activated, expected * expected.sigmoid()) < 1e-5)
        // In memory as the input, so that no copy follows.
        #expect(try activated.permuted(0, 2, 3, 1).isContiguous)
    }

    @Test func siluOfExtremesAndOfNoNumber() throws {
        let layer = GroupNorm(groups: 1, channels: 16, epsilon: 1e-12)
        try layer.weight.load(Tensor.full([16], value: 100))
        try layer.bias.load(Tensor.zeros([16]))
        var values = [Float](repeating: 0, count: 16)
        (values[0], values[1]) = (1e6, -1e6)
        let input = try Tensor(values + values, shape: [1, 2, 1, 16]).permuted(0, 3, 1, 2)
        let result = try withInferenceMode { () throws(TensorError) in
            try layer.thenSiLU(input).permuted(0, 2, 3, 1).values(as: Float.self)
        }
        // ±100 · √8, where e^-x is beyond float32 on one side.
        #expect(abs(result[0] - 282.8427) < 1e-3)
        #expect(abs(result[1]) < 1e-30)
        values[5] = .nan
        let broken = try Tensor(values + values, shape: [1, 2, 1, 16]).permuted(0, 3, 1, 2)
        let spoiled = try withInferenceMode { () throws(TensorError) in
            try layer.thenSiLU(broken).values(as: Float.self)
        }
        #expect(!spoiled.contains { !$0.isNaN })
    }

    /// Frames that fill the lanes and that do not, a context of its own, and more than one vector of frames.
    @Test(arguments: [(16, 16, 3, 32), (16, 8, 2, 64), (21, 5, 1, 16), (64, 33, 2, 48)])
    func attentionAcrossFrames(frames: Int, keys: Int, heads: Int, width: Int) throws {
        let (videos, pixels, channels) = (2, 5, heads * width)
        let random = RandomGenerator(seed: 2)
        let query = try random.normal([videos * frames, pixels, channels], .data) * 3
        // Keys and values as halves of one product: rows with a gap between them.
        let both = try random.normal([videos * keys, pixels, 2 * channels], .data, chunk: 1)
        let halves = try both.split(into: 2, axis: -1)
        func sequences(_ tokens: Tensor, _ count: Int) throws -> Tensor {
            try tokens.converted(to: .float64).reshaped(videos, count, pixels, heads, width)
                .permuted(0, 2, 3, 1, 4).reshaped(videos * pixels, heads, count, width)
        }
        let expected = try sequences(query, frames).attention(
            key: sequences(halves[0], keys), value: sequences(halves[1], keys)
        ).reshaped(videos, pixels, heads, frames, width).permuted(0, 3, 1, 2, 4)
            .reshaped(videos * frames, pixels, channels)
        let actual = try withInferenceMode { () throws(TensorError) in
            try query.attentionAcrossFrames(
                key: halves[0], value: halves[1], videos: videos, heads: heads)
        }
        #expect(try relativeDifference(actual, expected) < 2e-6)
    }

    /// A product below all that float32 holds: the key has no share, and the other has all.
    @Test func attentionToAKeyThatIsInfinitelyFar() throws {
        let ones = [Float](repeating: 1, count: 16)
        let query = try Tensor(ones.map { $0 * 1e3 }, shape: [1, 1, 16])
        let key = try Tensor(ones.map { $0 * -3e38 } + ones.map { $0 * 0 }, shape: [2, 1, 16])
        let value = try Tensor(ones.map { $0 * 7 } + ones.map { $0 * 2 }, shape: [2, 1, 16])
        let result = try withInferenceMode { () throws(TensorError) in
            try query.attentionAcrossFrames(key: key, value: value, videos: 1, heads: 1)
                .values(as: Float.self)
        }
        #expect(result == ones.map { $0 * 2 })
    }

    /// Axes of length 1, whose strides mean nothing.
    @Test func attentionAcrossFramesOfOnePixelOrOneFrame() throws {
        let tokens = try RandomGenerator(seed: 3).normal([4, 6, 16], .data)
        func attended(_ tokens: Tensor) throws -> [Float] {
            try withInferenceMode { () throws(TensorError) in
                try tokens.attentionAcrossFrames(key: tokens, value: tokens, videos: 1, heads: 1)
                    .values(as: Float.self)
            }
        }
        let pixel = try tokens.slice(1, 2..<3)
        #expect(try attended(pixel) == attended(pixel.copied()))
        let frame = try tokens.slice(0, 1..<2)
        #expect(try attended(frame) == frame.values(as: Float.self))
    }

    @Test func attentionAcrossFramesSaysWhatItDoesNotTake() throws {
        let tokens = try Tensor.zeros([32, 4, 32])
        let half = try tokens.converted(to: .bfloat16)
        #expect(!half.fitsAttentionAcrossFrames(to: half, videos: 2, heads: 1))
        try withAutocast(.bfloat16) {
            #expect(half.fitsAttentionAcrossFrames(to: half, videos: 2, heads: 1))
            let result = try half.attentionAcrossFrames(
                key: half, value: half, videos: 2, heads: 1)
            #expect(result.dtype == .float32)
        }
        try withInferenceMode { () throws(TensorError) in
            #expect(tokens.fitsAttentionAcrossFrames(to: tokens, videos: 2, heads: 1))
            #expect(!tokens.fitsAttentionAcrossFrames(to: tokens, videos: 2, heads: 4))  // 8 wide
            #expect(!tokens.fitsAttentionAcrossFrames(to: tokens, videos: 3, heads: 1))
            #expect(!tokens.fitsAttentionAcrossFrames(to: tokens, videos: 0, heads: 1))
            let many = try Tensor.zeros([65, 4, 32])
            #expect(!many.fitsAttentionAcrossFrames(to: many, videos: 1, heads: 1))
            let fewer = try Tensor.zeros([32, 3, 32])
            #expect(!tokens.fitsAttentionAcrossFrames(to: fewer, videos: 2, heads: 1))
        }
        #expect(throws: TensorError.self) {
            try tokens.attentionAcrossFrames(key: tokens, value: tokens, videos: 2, heads: 4)
        }
        #expect(throws: TensorError.self) {
            try half.attentionAcrossFrames(key: half, value: half, videos: 2, heads: 1)
        }
    }
}
