import Foundation
public import Torch
public import TorchNN

/// The embedding of the diffusion time step: sinusoids, then two linear layers.
///
/// Source: diffusers `Timesteps` (cosines first) and `TimestepEmbedding`.
public final class TimestepEmbedding: Module {
    let linear1: Linear
    let linear2: Linear
    private let width: Int

    /// - Parameters:
    ///   - width: number of sinusoids, the UNet's first channel count.
    ///   - channels: width of the embedding.
    public init(width: Int, channels: Int) {
        linear1 = Linear(width, channels)
        linear2 = Linear(channels, channels)
        self.width = width
    }

    /// The embedding `[B, channels]` of time steps `[B]`.
    public func callAsFunction(_ timesteps: Tensor) throws(TensorError) -> Tensor {
        try linear2(linear1(sinusoids(timesteps)).silu())
    }

    /// `[cos(t·f), sin(t·f)]`, `[B, width]`, with frequencies from 1 down to 1/10000.
    public func sinusoids(_ timesteps: Tensor) throws(TensorError) -> Tensor {
        let half = width / 2
        let exponents = try Tensor.range(half, device: timesteps.device) * -log(10000.0)
        let frequencies = try (exponents / Double(half)).exponential()
        let angles =
            try timesteps.converted(to: .float32).expandedDimension(at: 1)
            * frequencies.expandedDimension(at: 0)  // [B, half]
        return try Tensor.concatenated([angles.cosine(), angles.sine()], axis: 1)
    }
}
