public import Torch

/// The network of an enhancement, as the loop over chunks sees it.
public protocol ChunkNetwork {
    /// Predicts from one noisy chunk what its sampler needs: the clean chunk, or the network's own quantity with guidance.
    ///
    /// - Parameters:
    ///   - chunk: `[1, C, n, h, w]` in row-major order, `n` the chunk's length.
    ///   - timestep: the training step that the noise belongs to.
    ///   - index: number of the chunk in the video.
    /// - Returns: `[1, C, n, h, w]`.
    func predict(_ chunk: Tensor, timestep: Int, index: Int) throws -> Tensor
}
