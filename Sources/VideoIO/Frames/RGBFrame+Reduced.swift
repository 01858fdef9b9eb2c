extension RGBFrame {
    /// The frame with each square of `divisor` × `divisor` pixels averaged to one.
    ///
    /// Squares at the right and lower border may be smaller.
    func reduced(by divisor: Int) -> RGBFrame {
        precondition(divisor > 0)
        guard divisor > 1 else { return self }
        let newWidth = (width + divisor - 1) / divisor
        let newHeight = (height + divisor - 1) / divisor
        var output = [UInt8](repeating: 0, count: newWidth * newHeight * 3)
        for row in 0..<newHeight {
            let sourceRows = row * divisor..<min(height, (row + 1) * divisor)
            for column in 0..<newWidth {
                let sourceColumns = column * divisor..<min(width, (column + 1) * divisor)
                let count = sourceRows.count * sourceColumns.count
                for channel in 0..<3 {
                    var sum = count / 2  // rounds the quotient
                    for y in sourceRows {
                        for x in sourceColumns { sum += Int(pixels[(y * width + x) * 3 + channel]) }
                    }
                    output[(row * newWidth + column) * 3 + channel] = UInt8(sum / count)
                }
            }
        }
        return RGBFrame(width: newWidth, height: newHeight, pixels: output)
    }
}
