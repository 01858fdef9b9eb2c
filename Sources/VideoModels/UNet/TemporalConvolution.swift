public import Torch
public import TorchNN

/// Four convolutions over time with a shortcut; the last starts from zero.
///
/// Source: diffusers `TemporalConvLayer`. Statistics of the norms include the frames.
public final class TemporalConvolution: Module {
    /// Norm, SiLU, convolution (3, 1, 1).
    final class Stage: Module {
        let norm: GroupNorm
        let conv: FrameConvolution

        init(channels: Int, groups: Int, startsAtZero: Bool) {
            norm = GroupNorm(groups: groups, channels: channels)
            conv = FrameConvolution(channels: channels, startsAtZero: startsAtZero)
        }

        func callAsFunction(_ video: Tensor) throws(TensorError) -> Tensor {
            try conv(norm.thenSiLU(video))
        }
    }

    let conv1: Stage
    let conv2: Stage
    let conv3: Stage
    let conv4: Stage

    /// A layer of `channels`; the release fixes `groups` at 32.
    public init(channels: Int, groups: Int) {
        conv1 = Stage(channels: channels, groups: groups, startsAtZero: false)
        conv2 = Stage(channels: channels, groups: groups, startsAtZero: false)
        conv3 = Stage(channels: channels, groups: groups, startsAtZero: false)
        conv4 = Stage(channels: channels, groups: groups, startsAtZero: true)
    }

    /// Applies the layer to `[B·F, C, H, W]`.
    public func callAsFunction(_ input: Tensor, frames: Int) throws(TensorError) -> Tensor {
        let (_, _, height, width) = try input.shape4()
        let video = try input.framesAsRows(frames)  // [B, C, F, H·W]
        let change = try conv4(conv3(conv2(conv1(video))))
        return try input + change.rowsAsFrames(height: height, width: width)
    }
}
