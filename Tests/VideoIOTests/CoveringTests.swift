import Testing
import VideoIO

/// A frame's middle in another shape.
@Suite struct CoveringTests {
    /// Each pixel says where it was: red its column, green its row.
    private func marked(_ width: Int, _ height: Int) -> RGBFrame {
        RGBFrame(
            width: width, height: height,
            pixels: (0..<height).flatMap { row in
                (0..<width).flatMap { column in [UInt8(column), UInt8(row), 7] }
            })
    }

    @Test func theSameShapeIsOnlyScaled() {
        let frame = marked(12, 8)
        #expect(frame.covering(width: 12, height: 8) == frame)
        #expect(frame.covering(width: 6, height: 4) == frame.resized(width: 6, height: 4))
    }

    /// Of a wide frame the left and right are lost alike, of a high one the top and bottom.
    @Test func theMiddleStays() {
        let wide = marked(20, 8).covering(width: 8, height: 8)
        #expect(wide == marked(20, 8).cropped(columns: 6..<14, rows: 0..<8))
        let high = marked(8, 21).covering(width: 8, height: 8)
        #expect(high == marked(8, 21).cropped(columns: 0..<8, rows: 6..<14))
        let scaled = marked(40, 10).covering(width: 4, height: 2)
        #expect(
            scaled
                == marked(40, 10).cropped(columns: 10..<30, rows: 0..<10)
                .resized(width: 4, height: 2))
    }

    /// Lines of one pixel have a middle as well.
    @Test func extremeShapesKeepAPixel() {
        let line = marked(200, 1).covering(width: 4, height: 64)
        #expect(line.width == 4 && line.height == 64)
        #expect(stride(from: 0, to: line.pixels.count, by: 3).allSatisfy { line.pixels[$0] == 99 })
        let column = marked(1, 200).covering(width: 64, height: 4)
        #expect(column.width == 64 && column.height == 4)
        #expect(
            stride(from: 1, to: column.pixels.count, by: 3).allSatisfy { column.pixels[$0] == 99 })
    }
}
