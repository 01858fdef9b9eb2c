extension RGBFrame {
    /// The frame with stronger edges ("unsharp mask").
    ///
    /// That is `x + amount · (x − b)`, where `b` is `x` blurred by the weights 1, 2, 1 in both directions. Beyond the border
    /// the outermost pixels go on.
    ///
    /// - Parameter amount: 0 leaves the frame as it is.
    public func sharpened(_ amount: Double) -> RGBFrame {
        guard amount != 0 else { return self }
        let row = width * 3
        // Sums of the weights 1, 2, 1 side by side, up to 4 · 255.
        var sums = [Int32](repeating: 0, count: pixels.count)
        for y in 0..<height {
            for x in 0..<width {
                for channel in 0..<3 {
                    func value(_ x: Int) -> Int32 { Int32(pixels[y * row + x * 3 + channel]) }
                    sums[y * row + x * 3 + channel] =
                        value(max(x - 1, 0)) + 2 * value(x) + value(min(x + 1, width - 1))
                }
            }
        }
        var sharp = pixels
        for y in 0..<height {
            let (above, below) = (max(y - 1, 0) * row, min(y + 1, height - 1) * row)
            for place in 0..<row {
                let blurred =
                    Double(sums[above + place] + 2 * sums[y * row + place] + sums[below + place])
                    / 16
                let value = Double(pixels[y * row + place])
                let result = value + amount * (value - blurred)
                sharp[y * row + place] = UInt8(min(max(result.rounded(), 0), 255))
            }
        }
        return RGBFrame(width: width, height: height, pixels: sharp)
    }
}
