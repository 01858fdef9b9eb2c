/// One frame of video: 8-bit RGB, interleaved, rows from top to bottom.
///
/// Frames cross actors and process borders in this form; inside the networks they are tensors.
public struct RGBFrame: Sendable, Hashable {
    /// Columns, in pixels.
    public let width: Int
    /// Rows, in pixels.
    public let height: Int
    /// `height × width × 3` bytes, `[row][column][red, green, blue]`.
    public var pixels: [UInt8]

    /// Wraps bytes that are already in the layout of ``pixels``.
    ///
    /// - Precondition: `pixels.count == width * height * 3`.
    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(width > 0 && height > 0 && pixels.count == width * height * 3)
        self.width = width
        self.height = height
        self.pixels = pixels
    }
}
