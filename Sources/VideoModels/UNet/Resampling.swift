public import Torch
public import TorchNN

/// Halves the size by a strided convolution.
public final class Downsample2D: Module {
    /// Where zeros are put around the image.
    public enum Padding: Sendable, Hashable {
        /// One row or column at each side: the UNet of text-to-video.
        case around
        /// One row at the bottom, one column at the right: the autoencoder.
        case rightAndBottom
        /// Two rows above and below, one column at each side: the UNet of video-to-video.
        case twoRows
    }

    let conv: Convolution2D
    private let padding: Padding

    /// A layer of `channels`.
    public init(channels: Int, padding: Padding = .around) {
        let (rows, columns) =
            switch padding {
            case .around: (1, 1)
            case .rightAndBottom: (0, 0)
            case .twoRows: (2, 1)
            }
        conv = Convolution2D(
            channels, channels, kernelSize: (3, 3), stride: 2, padding: (rows, columns))
        self.padding = padding
    }

    /// `[N, C, H, W]` to about half the size.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        try conv(padding == .rightAndBottom ? input.padded([0, 1, 0, 1]) : input)
    }
}

/// Doubles the size by nearest neighbours and a convolution.
public final class Upsample2D: Module {
    let conv: Convolution2D
    private let dropsOuterRows: Bool

    /// A layer of `channels`.
    ///
    /// - Parameter dropsOuterRows: leaves out the first and the last row of the doubled image, as the UNet of
    ///   video-to-video does, which undoes ``Downsample2D/Padding/twoRows``.
    public init(channels: Int, dropsOuterRows: Bool = false) {
        conv = Convolution2D(channels, channels)
        self.dropsOuterRows = dropsOuterRows
    }

    /// `[N, C, H, W]` to twice the size, two rows less where those are dropped, or to `size` (height, width).
    public func callAsFunction(
        _ input: Tensor, size: (Int, Int)? = nil
    ) throws(TensorError) -> Tensor {
        let (_, _, height, width) = try input.shape4()
        if dropsOuterRows {
            let doubled = try input.nearestResized(height: 2 * height, width: 2 * width)
            return try conv(doubled.slice(2, 1..<2 * height - 1))
        }
        let (targetHeight, targetWidth) = size ?? (2 * height, 2 * width)
        return try conv(input.nearestResized(height: targetHeight, width: targetWidth))
    }
}
