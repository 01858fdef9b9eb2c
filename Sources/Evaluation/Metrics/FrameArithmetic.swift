import VideoIO

extension RGBFrame {
    /// Mean absolute difference of all bytes, 0 to 255.
    ///
    /// - Precondition: both frames have one size.
    func meanAbsoluteDifference(to other: RGBFrame) -> Double {
        precondition(width == other.width && height == other.height)
        let total = pixels.withUnsafeBufferPointer { one in
            other.pixels.withUnsafeBufferPointer { two in
                var total = 0
                for index in 0..<one.count { total += abs(Int(one[index]) - Int(two[index])) }
                return total
            }
        }
        return Double(total) / Double(pixels.count)
    }

    /// Mean squared difference of all bytes.
    ///
    /// - Precondition: both frames have one size.
    func meanSquaredDifference(to other: RGBFrame) -> Double {
        precondition(width == other.width && height == other.height)
        let total = pixels.withUnsafeBufferPointer { one in
            other.pixels.withUnsafeBufferPointer { two in
                var total = 0
                for index in 0..<one.count {
                    let difference = Int(one[index]) - Int(two[index])
                    total += difference * difference
                }
                return total
            }
        }
        return Double(total) / Double(pixels.count)
    }

    /// Luminance of each pixel, `[H·W]`, 0 to 255, not rounded: the weights of ITU-R BT.601.
    func luminances() -> [Double] {
        pixels.withUnsafeBufferPointer { bytes in
            (0..<width * height).map { pixel in
                let (red, green) = (Double(bytes[3 * pixel]), Double(bytes[3 * pixel + 1]))
                return 0.299 * red + 0.587 * green + 0.114 * Double(bytes[3 * pixel + 2])
            }
        }
    }
}

extension Collection<Double> {
    /// The arithmetic mean; `nil` of nothing.
    var mean: Double? { isEmpty ? nil : reduce(0, +) / Double(count) }

    /// The middle value, of an even number of values the mean of both; `nil` of nothing.
    var median: Double? {
        guard !isEmpty else { return nil }
        let sorted = sorted()
        return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
    }
}
