public import Torch
public import TorchNN

/// Two convolutions with a shortcut; the UNet's form adds the time embedding between them.
///
/// Source: diffusers `ResnetBlock2D`. Normalisation is per image.
public final class ResnetBlock2D: Module {
    let norm1: GroupNorm
    let conv1: Convolution2D
    let timeProjection: Linear?
    let norm2: GroupNorm
    let conv2: Convolution2D
    let convShortcut: Convolution2D?

    /// A block from `inputs` to `outputs` channels; `timeChannels` is `nil` in the autoencoder.
    public init(inputs: Int, outputs: Int, timeChannels: Int?, groups: Int, epsilon: Double) {
        norm1 = GroupNorm(groups: groups, channels: inputs, epsilon: epsilon)
        conv1 = Convolution2D(inputs, outputs)
        timeProjection = timeChannels.map { Linear($0, outputs) }
        norm2 = GroupNorm(groups: groups, channels: outputs, epsilon: epsilon)
        conv2 = Convolution2D(outputs, outputs)
        convShortcut = inputs == outputs ? nil : Convolution2D(inputs, outputs, kernel: 1)
    }

    /// Applies the block.
    ///
    /// - Parameters:
    ///   - input: `[N, inputs, H, W]`.
    ///   - embedding: `[M, timeChannels]` where `M` divides `N`: one row per image, or one per video.
    /// - Returns: `[N, outputs, H, W]`.
    public func callAsFunction(
        _ input: Tensor, embedding: Tensor? = nil
    ) throws(TensorError) -> Tensor {
        var hidden = try conv1(norm1.thenSiLU(input))
        if let timeProjection, let embedding {
            let shift = try timeProjection(embedding.silu())  // [M, outputs]
            let repeats = input.shape[0] / max(shift.shape[0], 1)
            let (n, c) = (input.shape[0], shift.shape[1])
            hidden = try hidden + shift.repeatedEach(repeats, axis: 0).reshaped(n, c, 1, 1)
        }
        hidden = try conv2(norm2.thenSiLU(hidden))
        return try (convShortcut?(input) ?? input) + hidden
    }
}
