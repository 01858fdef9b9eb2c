public import Torch

/// A solver, as the loop over chunks sees it.
///
/// Samples and predictions are `[1, C, n, h, w]`; no operation mixes elements.
public protocol EnhancementSampler {
    /// The training step of each network evaluation, from the noisiest.
    var timesteps: [Int] { get }

    /// The sample that the first step begins with, from clean latents and as much standard normal noise.
    func begin(_ latents: Tensor, noise: Tensor) throws(TensorError) -> Tensor

    /// What the network sees of a sample.
    func networkInput(_ sample: Tensor, at index: Int) throws(TensorError) -> Tensor

    /// Whether a step adds noise.
    func addsNoise(at index: Int) -> Bool

    /// Whether a step looks at the prediction of the step before.
    func usesPrevious(at index: Int) -> Bool

    /// The sample behind a step.
    func step(
        _ sample: Tensor, prediction: Tensor, previous: Tensor?, at index: Int, noise: Tensor?
    ) throws(TensorError) -> Tensor
}
