public import Torch
public import TorchNN

/// Turns the conditional frames, as pixels, into features of latent size.
///
/// Source: `controlnet_cond_embedding` of the release: convolutions and SiLU, no norm, the last one from zero.
public final class FrameEncoder: Module {
    let convIn: Convolution2D
    let blocks: [Convolution2D]
    let convOut: Convolution2D

    /// An encoder with the given channels (full size, then after each of three halvings) to `outputs`.
    ///
    /// - Parameter startsAtZero: whether fresh weights give nothing, as in the release. The mergers start from zero too,
    ///   and behind two zeros a short training does not find the pixels.
    public init(channels: [Int], outputs: Int, startsAtZero: Bool = true) {
        convIn = Convolution2D(3, channels[0])
        blocks = (0..<channels.count - 1).flatMap { level in
            [
                Convolution2D(channels[level], channels[level]),
                Convolution2D(channels[level], channels[level + 1], stride: 2),
            ]
        }
        convOut = Convolution2D(
            channels[channels.count - 1], outputs, startsAtZero: startsAtZero)
    }

    /// `[N, 3, 8·h, 8·w]` with values in [−1, 1] to `[N, outputs, h, w]`.
    public func callAsFunction(_ frames: Tensor) throws(TensorError) -> Tensor {
        var hidden = try convIn(frames.channelsLast()).silu()
        for block in blocks { hidden = try block(hidden).silu() }
        return try convOut(hidden)
    }
}
