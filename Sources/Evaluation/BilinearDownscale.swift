import VideoIO

/// The shrinking of large frames before they are compared, in the arithmetic of OpenCV.
enum BilinearDownscale {
    /// Frames are shrunk towards this width; in 0.7.2 towards this longer side.
    private static let targetSize = 256

    /// The frame as the detector of `version` sees it.
    static func shrink(_ frame: RGBFrame, for version: SceneCutDetector.Version) -> RGBFrame {
        let factor: Double =
            switch version {
            case .v0_6_2, .v0_6_3: Double(frame.width / targetSize)
            case .v0_7_2: Double(max(frame.width, frame.height)) / Double(targetSize)
            }
        if factor <= 1 { return frame }
        return resize(
            frame,
            width: side(frame.width, by: factor), height: side(frame.height, by: factor))
    }

    /// Bilinear interpolation without antialiasing (`INTER_LINEAR` on bytes).
    static func resize(_ frame: RGBFrame, width: Int, height: Int) -> RGBFrame {
        if frame.width == 2 * width, frame.height == 2 * height { return half(frame) }
        let columns = taps(from: frame.width, to: width)
        let rows = taps(from: frame.height, to: height)
        let stride = frame.width * 3
        let pixels = frame.pixels.withUnsafeBufferPointer { source in
            [UInt8](unsafeUninitializedCapacity: width * height * 3) { target, count in
                for (y, row) in rows.enumerated() {
                    let above = row.first * stride
                    let below = row.second * stride
                    for (x, column) in columns.enumerated() {
                        for channel in 0..<3 {
                            let left = column.first * 3 + channel
                            let right = column.second * 3 + channel
                            let upper = column.mix(source[above + left], source[above + right])
                            let lower = column.mix(source[below + left], source[below + right])
                            target[(y * width + x) * 3 + channel] = row.blend(upper, lower)
                        }
                    }
                }
                count = width * height * 3
            }
        }
        return RGBFrame(width: width, height: height, pixels: pixels)
    }

    private static func side(_ size: Int, by factor: Double) -> Int {
        max(1, Int((Double(size) / factor).rounded(.toNearestOrEven)))
    }

    /// Exactly half the size: the rounded mean of each 2×2 block.
    private static func half(_ frame: RGBFrame) -> RGBFrame {
        let width = frame.width / 2
        let height = frame.height / 2
        let stride = frame.width * 3
        let pixels = frame.pixels.withUnsafeBufferPointer { source in
            [UInt8](unsafeUninitializedCapacity: width * height * 3) { target, count in
                for y in 0..<height {
                    for x in 0..<width {
                        for channel in 0..<3 {
                            let corner = 2 * y * stride + 6 * x + channel
                            let above = Int(source[corner]) + Int(source[corner + 3])
                            let below =
                                Int(source[corner + stride]) + Int(source[corner + stride + 3])
                            target[(y * width + x) * 3 + channel] =
                                UInt8(truncatingIfNeeded: (above + below + 2) >> 2)
                        }
                    }
                }
                count = width * height * 3
            }
        }
        return RGBFrame(width: width, height: height, pixels: pixels)
    }

    /// The two samples under a target pixel along one axis, with weights in steps of 1/2048.
    private struct Tap {
        var first: Int
        var second: Int
        var firstWeight: Int
        var secondWeight: Int

        /// Along a row, at full precision.
        func mix(_ left: UInt8, _ right: UInt8) -> Int {
            Int(left) * firstWeight + Int(right) * secondWeight
        }

        /// Between two rows; the bits cut off on the way are part of the definition.
        func blend(_ upper: Int, _ lower: Int) -> UInt8 {
            let sum = ((firstWeight * (upper >> 4)) >> 16) + ((secondWeight * (lower >> 4)) >> 16)
            return UInt8(truncatingIfNeeded: (sum + 2) >> 2)
        }
    }

    private static func taps(from size: Int, to target: Int) -> [Tap] {
        let scale = Double(size) / Double(target)
        return (0..<target).map { index in
            let position = Float((Double(index) + 0.5) * scale - 0.5)
            var first = Int(position.rounded(.down))
            var fraction = position - position.rounded(.down)
            if first < 0 {
                first = 0
                fraction = 0
            }
            if first >= size - 1 {
                first = size - 1
                fraction = 0
            }
            let weight = Int((2_048 * fraction).rounded(.toNearestOrEven))
            return Tap(
                first: first, second: min(first + 1, size - 1), firstWeight: 2_048 - weight,
                secondWeight: weight)
        }
    }
}
