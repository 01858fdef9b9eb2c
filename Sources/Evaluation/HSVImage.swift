import VideoIO

/// A picture as hue (0 to 179), saturation and value (0 to 255), in the arithmetic of OpenCV.
struct HSVImage: Sendable {
    /// `[row][column][hue, saturation, value]`.
    let pixels: [UInt8]

    init(_ frame: RGBFrame) {
        let source = frame.pixels
        pixels = [UInt8](unsafeUninitializedCapacity: source.count) { target, count in
            Self.saturationFactors.withUnsafeBufferPointer { saturation in
                Self.hueFactors.withUnsafeBufferPointer { hue in
                    source.withUnsafeBufferPointer { rgb in
                        for index in stride(from: 0, to: rgb.count, by: 3) {
                            let (h, s, v) = Self.convert(
                                Int32(rgb[index]), Int32(rgb[index + 1]), Int32(rgb[index + 2]),
                                saturation: saturation, hue: hue)
                            target[index] = UInt8(truncatingIfNeeded: h)
                            target[index + 1] = UInt8(truncatingIfNeeded: s)
                            target[index + 2] = UInt8(truncatingIfNeeded: v)
                        }
                    }
                }
            }
            count = source.count
        }
    }

    /// The mean absolute difference of each plane.
    ///
    /// Hues are compared as numbers, not as angles: 0 and 179 are far apart, as in the reference.
    func meanAbsoluteDifferences(
        to other: HSVImage
    ) -> (hue: Double, saturation: Double, value: Double) {
        var hue = 0
        var saturation = 0
        var value = 0
        pixels.withUnsafeBufferPointer { one in
            other.pixels.withUnsafeBufferPointer { two in
                for index in stride(from: 0, to: min(one.count, two.count), by: 3) {
                    hue += abs(Int(one[index]) - Int(two[index]))
                    saturation += abs(Int(one[index + 1]) - Int(two[index + 1]))
                    value += abs(Int(one[index + 2]) - Int(two[index + 2]))
                }
            }
        }
        let count = Double(pixels.count / 3)
        return (Double(hue) / count, Double(saturation) / count, Double(value) / count)
    }

    private static func convert(
        _ red: Int32, _ green: Int32, _ blue: Int32,
        saturation: UnsafeBufferPointer<Int32>, hue: UnsafeBufferPointer<Int32>
    ) -> (Int32, Int32, Int32) {
        let value = max(red, green, blue)
        let spread = value - min(red, green, blue)
        let sector =
            if value == red {
                green - blue
            } else if value == green {
                blue - red + 2 * spread
            } else {
                red - green + 4 * spread
            }
        let angle = (sector * hue[Int(spread)] + 2_048) >> 12
        return (
            angle < 0 ? angle + 180 : angle,
            (spread * saturation[Int(value)] + 2_048) >> 12,
            value
        )
    }

    /// 255 / value in steps of 1/4096.
    private static let saturationFactors: [Int32] = factors { 255 * 4_096 / $0 }
    /// 30 / spread, half the degrees of a sector, in steps of 1/4096.
    private static let hueFactors: [Int32] = factors { 180 * 4_096 / (6 * $0) }

    private static func factors(_ factor: (Double) -> Double) -> [Int32] {
        [0] + (1...255).map { Int32(factor(Double($0)).rounded(.toNearestOrEven)) }
    }
}
