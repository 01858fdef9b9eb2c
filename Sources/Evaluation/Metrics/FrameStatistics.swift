import VideoIO

/// What a picture looks like as a whole, in five numbers and a histogram.
struct FrameStatistics: Codable {
    /// Mean luminance, 0 to 255.
    let luminance: Double
    /// Standard deviation of the luminance.
    let contrast: Double
    /// Mean of (largest − smallest) / largest colour value, 0 to 100; 0 of black.
    let saturation: Double
    /// Mean square of the luminance's Laplacian (4 × the pixel − its four neighbours) inside the picture; `nil` if a
    /// side is shorter than 3 pixels.
    let fineEnergy: Double?
    /// Share of pixels in each of 8 × 8 × 8 cells of red, green and blue.
    let colours: [Double]

    init(_ frame: RGBFrame) {
        let luminances = frame.luminances()
        let count = Double(luminances.count)
        let mean = luminances.reduce(0, +) / count
        luminance = mean
        contrast = (luminances.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
        var counts = [Int](repeating: 0, count: 512)
        var total = 0.0
        frame.pixels.withUnsafeBufferPointer { bytes in
            for pixel in stride(from: 0, to: bytes.count, by: 3) {
                let (red, green, blue) = (bytes[pixel], bytes[pixel + 1], bytes[pixel + 2])
                let largest = max(red, green, blue)
                if largest > 0 {
                    total += Double(largest - min(red, green, blue)) / Double(largest)
                }
                counts[Int(red >> 5) << 6 | Int(green >> 5) << 3 | Int(blue >> 5)] += 1
            }
        }
        saturation = 100 * total / count
        colours = counts.map { Double($0) / count }
        fineEnergy = Self.fineEnergy(luminances, width: frame.width, height: frame.height)
    }

    /// How different two histograms are: half the sum of absolute differences, 0 to 1.
    func colourDistance(to other: FrameStatistics) -> Double {
        zip(colours, other.colours).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
    }

    private static func fineEnergy(_ values: [Double], width: Int, height: Int) -> Double? {
        guard width > 2, height > 2 else { return nil }
        let total = values.withUnsafeBufferPointer { values in
            var total = 0.0
            for y in 1..<height - 1 {
                for index in y * width + 1..<(y + 1) * width - 1 {
                    let around =
                        values[index - 1] + values[index + 1] + values[index - width]
                        + values[index + width]
                    let detail = 4 * values[index] - around
                    total += detail * detail
                }
            }
            return total
        }
        return total / Double((width - 2) * (height - 2))
    }
}
