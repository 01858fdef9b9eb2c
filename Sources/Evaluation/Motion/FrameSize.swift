import Torch
public import VideoIO

/// Width and height of frames, in pixels.
public struct FrameSize: Sendable, Hashable, Codable {
    /// Columns, in pixels.
    public let width: Int
    /// Rows, in pixels.
    public let height: Int

    /// What the published protocol computes optical flow at.
    public static let published = FrameSize(width: 720, height: 720)

    /// A size.
    ///
    /// - Precondition: both sides are positive.
    public init(width: Int, height: Int) {
        precondition(width > 0 && height > 0)
        self.width = width
        self.height = height
    }
}

extension RGBFrame {
    /// The frame in another size, the aspect ratio not kept, bit for bit as torchvision resizes bytes without antialiasing.
    ///
    /// Bilinear with half-pixel centres in single precision, rounded to the nearest byte, halves to the even one. A frame
    /// that has the size already is returned as it is. Source: the release's `mawe.py`.
    ///
    /// - Throws: `TensorError` where there is no memory.
    public func bilinearResized(to size: FrameSize) throws -> RGBFrame {
        if (width, height) == (size.width, size.height) { return self }
        let image = try Tensor(pixels, shape: [1, height, width, 3])
            .permuted(0, 3, 1, 2).converted(to: .float32).contiguous()  // [1, 3, H, W]
        let resized = try image.bilinearResized(height: size.height, width: size.width)
        let bytes = try resized.roundedToEven().converted(to: .uint8).permuted(0, 2, 3, 1).bytes()
        return RGBFrame(width: size.width, height: size.height, pixels: bytes)
    }
}
