public import Torch
public import VideoIO

extension Tensor {
    /// Images `[N, 3, H, W]` with values in [−1, 1] from 8-bit frames of one size.
    public static func images(_ frames: [RGBFrame]) throws(TensorError) -> Tensor {
        guard let first = frames.first else {
            throw .shapeMismatch(place: "images", expected: "at least one frame", actual: [0])
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(frames.count * first.pixels.count)
        for frame in frames {
            guard frame.width == first.width, frame.height == first.height else {
                throw .shapeMismatch(
                    place: "images", expected: "frames of \(first.width)×\(first.height)",
                    actual: [frame.width, frame.height])
            }
            bytes += frame.pixels
        }
        let packed = try Tensor(
            bytes, shape: [frames.count, first.height, first.width, 3])
        return try packed.permuted(0, 3, 1, 2).converted(to: .float32) / 127.5 - 1
    }

    /// What happens to the part of a pixel's value behind the point.
    public enum PixelRounding: Sendable, Hashable {
        /// The nearest whole number is taken.
        case nearest
        /// It is cut off, as the release does after enhancement.
        case truncating
    }

    /// 8-bit frames from images `[N, 3, H, W]`; values are clamped to [−1, 1].
    public func frames(rounding: PixelRounding = .nearest) throws(TensorError) -> [RGBFrame] {
        let (count, channels, height, width) = try shape4()
        guard channels == 3 else {
            throw .shapeMismatch(place: "frames", expected: "3 channels", actual: shape)
        }
        let scaled =
            switch rounding {
            case .nearest: try (clamped(to: -1...1) + 1) * 127.5 + 0.5
            case .truncating: try (self * 0.5 + 0.5).clamped(to: 0...1) * 255
            }
        let bytes = try scaled.permuted(0, 2, 3, 1).converted(to: .uint8).bytes()
        let size = height * width * 3
        return (0..<count).map {
            RGBFrame(
                width: width, height: height, pixels: Array(bytes[$0 * size..<($0 + 1) * size]))
        }
    }
}
