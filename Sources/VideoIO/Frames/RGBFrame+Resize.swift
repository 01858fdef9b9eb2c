extension RGBFrame {
    /// The frame in another size, bit for bit as Pillow's bicubic `Image.resize` makes it.
    ///
    /// The horizontal pass comes first and is rounded to bytes; an axis that keeps its length is left alone.
    ///
    /// - Precondition: both sides are positive, in pixels.
    public func resized(width newWidth: Int, height newHeight: Int) -> RGBFrame {
        precondition(newWidth > 0 && newHeight > 0)
        var result = self
        if newWidth != width {
            let kernel = BicubicKernel(from: width, to: newWidth)
            result = RGBFrame(filling: newWidth, height) { output in
                pixels.withUnsafeBufferPointer { input in
                    for row in 0..<height {
                        for (column, taps) in kernel.taps.enumerated() {
                            for channel in 0..<3 {
                                output[(row * newWidth + column) * 3 + channel] = kernel.value(
                                    taps, input, start: row * width * 3 + channel, stride: 3)
                            }
                        }
                    }
                }
            }
        }
        guard newHeight != height else { return result }
        let kernel = BicubicKernel(from: height, to: newHeight)
        let stride = newWidth * 3
        return RGBFrame(filling: newWidth, newHeight) { output in
            result.pixels.withUnsafeBufferPointer { input in
                for (row, taps) in kernel.taps.enumerated() {
                    for column in 0..<stride {
                        output[row * stride + column] = kernel.value(
                            taps, input, start: column, stride: stride)
                    }
                }
            }
        }
    }

    /// The part of the frame that `columns` and `rows` name.
    ///
    /// - Precondition: neither is empty, and both lie inside the frame.
    public func cropped(columns: Range<Int>, rows: Range<Int>) -> RGBFrame {
        precondition(columns.lowerBound >= 0 && columns.upperBound <= width)
        precondition(rows.lowerBound >= 0 && rows.upperBound <= height)
        var cut: [UInt8] = []
        cut.reserveCapacity(columns.count * rows.count * 3)
        for row in rows {
            let start = (row * width + columns.lowerBound) * 3
            cut += pixels[start..<start + columns.count * 3]
        }
        return RGBFrame(width: columns.count, height: rows.count, pixels: cut)
    }

    /// The frame on a black ground, with borders of the given widths, in pixels.
    public func padded(left: Int, right: Int, top: Int, bottom: Int) -> RGBFrame {
        precondition(left >= 0 && right >= 0 && top >= 0 && bottom >= 0)
        let newWidth = left + width + right
        var padded = [UInt8](repeating: 0, count: newWidth * (top + height + bottom) * 3)
        for row in 0..<height {
            let start = ((top + row) * newWidth + left) * 3
            padded.replaceSubrange(
                start..<start + width * 3, with: pixels[row * width * 3..<(row + 1) * width * 3])
        }
        return RGBFrame(width: newWidth, height: top + height + bottom, pixels: padded)
    }

    /// A frame whose bytes `fill` writes.
    private init(
        filling width: Int, _ height: Int, _ fill: (inout UnsafeMutableBufferPointer<UInt8>) -> Void
    ) {
        let count = width * height * 3
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            fill(&buffer)
            filled = count
        }
        self.init(width: width, height: height, pixels: pixels)
    }
}
