public import Torch

/// Where the noise of an enhancement comes from: one tensor per frame, so that a video of any length has its own.
///
/// The product has one source, `RandomGenerator`; tests replay recorded noise of the reference. The same arguments
/// must always give the same numbers.
public protocol FrameNoiseSource {
    /// The noise that a frame begins with.
    ///
    /// - Parameters:
    ///   - frame: number of the frame in the video.
    ///   - chunk: the chunk, where chunks do not share their noise.
    ///   - shape: `[1, C, 1, h, w]`.
    func startNoise(frame: Int, chunk: Int?, shape: [Int]) throws(TensorError) -> Tensor

    /// The noise that a frame gets in a step; parameters as of ``startNoise(frame:chunk:shape:)``.
    func stepNoise(
        frame: Int, step: Int, chunk: Int?, shape: [Int]
    ) throws(TensorError) -> Tensor
}

extension RandomGenerator: FrameNoiseSource {
    /// Standard normal numbers that depend on nothing but the seed, the frame and, if it is given, the chunk.
    public func startNoise(
        frame: Int, chunk: Int?, shape: [Int]
    ) throws(TensorError) -> Tensor {
        try forEnhancement(of: chunk).normal(shape, .enhancementStart, chunk: frame)
    }

    /// Standard normal numbers that depend on nothing but the seed, the frame, the step and, if given, the chunk.
    public func stepNoise(
        frame: Int, step: Int, chunk: Int?, shape: [Int]
    ) throws(TensorError) -> Tensor {
        try forEnhancement(of: chunk).normal(shape, .enhancementStep, chunk: frame, step: step)
    }

    /// Standard normal numbers for the autoencoder's posterior of a frame, `[1, C, h, w]` or any other shape.
    public func posteriorNoise(frame: Int, shape: [Int]) throws(TensorError) -> Tensor {
        try normal(shape, .enhancementPosterior, chunk: frame)
    }

    /// A generator of the chunk's own, or this one where noise is shared.
    private func forEnhancement(of chunk: Int?) -> RandomGenerator {
        guard let chunk else { return self }
        return RandomGenerator(seed: bits(.enhancementChunk, chunk: chunk))
    }
}
