package import Torch

/// Where the noise of a generation comes from.
///
/// The product has one source, ``RandomGenerator``; tests replay recorded noise of the reference.
package protocol NoiseSource {
    /// The latents that a chunk starts from.
    func initialNoise(_ shape: [Int], chunk: Int) throws(TensorError) -> Tensor

    /// The noise that a stochastic solver adds in a step.
    func stepNoise(_ shape: [Int], chunk: Int, step: Int) throws(TensorError) -> Tensor
}

extension RandomGenerator: NoiseSource {
    package func initialNoise(_ shape: [Int], chunk: Int) throws(TensorError) -> Tensor {
        try normal(shape, .initialNoise, chunk: chunk)
    }

    package func stepNoise(_ shape: [Int], chunk: Int, step: Int) throws(TensorError) -> Tensor {
        try normal(shape, .stepNoise, chunk: chunk, step: step)
    }
}
