package import Schedulers
package import Torch

/// The frames that a chunk shares with the one before it, as latents.
///
/// With ``SamplingSettings/Join/keep`` they stand in the sample at every step, at its level of noise, so that the new
/// frames are denoised beside the very frames that they continue (replacement, as in inpainting with diffusion models;
/// Lugmayr et al., RePaint, equation 8a). Their noise is the one that they were made from.
package struct KnownFrames {
    /// Clean, scaled latents `[1, C, n, h, w]` of the chunk's first n frames.
    package let latents: Tensor
    /// The noise that they were denoised from, of the same shape.
    package let noise: Tensor

    /// Frames that were not generated, with noise of their own.
    init(latents: Tensor, noise: Tensor) {
        (self.latents, self.noise) = (latents, noise)
    }

    /// The first frames of the next chunk: the last `count` of this one.
    ///
    /// - Parameters:
    ///   - latents: the chunk, `[1, C, F, h, w]`.
    ///   - noise: what it was denoised from.
    package init(last count: Int, of latents: Tensor, noise: Tensor) throws(TensorError) {
        let frames = latents.shape[2] - count..<latents.shape[2]
        self.latents = try latents.slice(2, frames)
        self.noise = try noise.slice(2, frames)
    }

    /// `sample` with the known frames, noised to a step of the schedule, in place of its first ones.
    package func replaced(
        in sample: Tensor, at timestep: Int, _ schedule: NoiseSchedule
    ) throws(TensorError) -> Tensor {
        try replaced(
            in: sample, by: schedule.addNoise(latents, noise: noise, timesteps: [timestep]))
    }

    /// `sample` with `frames` in place of its first ones.
    func replaced(in sample: Tensor, by frames: Tensor) throws(TensorError) -> Tensor {
        try Tensor.concatenated(
            [frames, sample.slice(2, frames.shape[2]..<sample.shape[2])], axis: 2)
    }
}
