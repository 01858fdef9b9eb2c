import CTorch

/// Random numbers that depend on nothing but a seed and the place where they are used.
///
/// Each (seed, purpose, chunk, step) names an independent Philox stream, computed on the CPU, so that any chunk or
/// step can be repeated alone and every device sees the same numbers.
public struct RandomGenerator: Sendable, Hashable {
    /// What the numbers are for; streams of different purposes are independent.
    public enum Purpose: UInt64, Sendable {
        /// The latents that a chunk starts from.
        case initialNoise = 1
        /// The noise that a stochastic sampler adds in a step.
        case stepNoise = 2
        /// Samples of the autoencoder's posterior.
        case posterior = 3
        /// Initial values of weights.
        case initialization = 4
        /// The noise of a training sample.
        case trainingNoise = 5
        /// Time steps, dropped conditions and other choices of a training sample.
        case trainingChoice = 6
        /// The order and content of training data.
        case data = 7
        /// The noise that a frame's enhancement begins with.
        case enhancementStart = 8
        /// The noise that a frame gets in a step of its enhancement.
        case enhancementStep = 9
        /// Samples of the autoencoder's posterior, of a frame that is enhanced.
        case enhancementPosterior = 10
        /// The seed of a chunk that is enhanced with noise of its own.
        case enhancementChunk = 11
        /// Where neighbouring chunks meet in a step.
        case blending = 12
    }

    /// The seed that the user gave or that was drawn for the run.
    public let seed: UInt64

    /// A generator for one run.
    public init(seed: UInt64) {
        self.seed = seed
    }

    /// Standard normal numbers, float32 on the CPU.
    public func normal(
        _ shape: [Int], _ purpose: Purpose, chunk: Int = 0, step: Int = 0
    ) throws(TensorError) -> Tensor {
        var result: STTensor?
        let status = st_normal(
            shape.map { Int64($0) }, Int64(shape.count), key(purpose, chunk, step), 0, &result)
        return try Self.take(result, status, shape)
    }

    /// Uniform numbers in [0, 1), float32 on the CPU.
    public func uniform(
        _ shape: [Int], _ purpose: Purpose, chunk: Int = 0, step: Int = 0
    ) throws(TensorError) -> Tensor {
        var result: STTensor?
        let status = st_uniform(
            shape.map { Int64($0) }, Int64(shape.count), key(purpose, chunk, step), 0, &result)
        return try Self.take(result, status, shape)
    }

    /// One well-mixed 64-bit number, for choices outside of tensors.
    public func bits(_ purpose: Purpose, chunk: Int = 0, step: Int = 0) -> UInt64 {
        Self.mixed(key(purpose, chunk, step))
    }

    private static func take(
        _ result: STTensor?, _ status: STStatus, _ shape: [Int]
    ) throws(TensorError) -> Tensor {
        try Operator.check(status, name: "RandomGenerator", shapes: [shape])
        guard let result else {
            throw .operation(name: "RandomGenerator", message: "no result", shapes: [shape])
        }
        return Tensor(owning: result)
    }

    /// The stream's key: each coordinate is mixed in turn, so that neighbours are unrelated.
    private func key(_ purpose: Purpose, _ chunk: Int, _ step: Int) -> UInt64 {
        var key = Self.mixed(seed &+ 0x9E37_79B9_7F4A_7C15)
        for coordinate in [
            purpose.rawValue, UInt64(bitPattern: Int64(chunk)), UInt64(bitPattern: Int64(step)),
        ] {
            key = Self.mixed(key ^ (coordinate &+ 0x9E37_79B9_7F4A_7C15))
        }
        return key
    }

    /// The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
