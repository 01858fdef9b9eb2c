public import Torch
public import TorchNN

/// Halves the size by a strided convolution.
public final class Downsample2D: Module {
    let conv: Convolution2D
    private let isAsymmetric: Bool

    /// - Parameter isAsymmetric: pads only right and bottom, as the autoencoder does; the UNet pads all around.
    public init(channels: Int, isAsymmetric: Bool = false) {
        conv = Convolution2D(channels, channels, stride: 2, padding: isAsymmetric ? 0 : 1)
        self.isAsymmetric = isAsymmetric
    }

    /// `[N, C, H, W]` to about half the size.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        try conv(isAsymmetric ? input.padded([0, 1, 0, 1]) : input)
    }
}

/// Doubles the size by nearest neighbours and a convolution.
public final class Upsample2D: Module {
    let conv: Convolution2D

    /// A layer of `channels`.
    public init(channels: Int) {
        conv = Convolution2D(channels, channels)
    }

    /// `[N, C, H, W]` to twice the size, or to `size` (height, width).
    public func callAsFunction(
        _ input: Tensor, size: (Int, Int)? = nil
    ) throws(TensorError) -> Tensor {
        let (_, _, height, width) = try input.shape4()
        let (targetHeight, targetWidth) = size ?? (2 * height, 2 * width)
        return try conv(input.nearestResized(height: targetHeight, width: targetWidth))
    }
}
