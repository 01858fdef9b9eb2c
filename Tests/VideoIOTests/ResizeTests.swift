import Testing
import VideoIO

@Suite struct ResizeTests {
    @Test func sameSizeIsTheSameFrame() {
        let frame = TestVideo.noise(1, width: 13, height: 7)
        #expect(frame.resized(width: 13, height: 7) == frame)
    }

    @Test(arguments: [(5, 9), (40, 3), (1, 1), (96, 200)])
    func uniformFramesStayUniform(width: Int, height: Int) {
        for level in [0, 1, 127, 254, 255] as [UInt8] {
            let frame = TestVideo.uniform(level, width: 31, height: 20)
            #expect(
                frame.resized(width: width, height: height)
                    == TestVideo.uniform(level, width: width, height: height))
        }
    }

    /// Twice the width: outputs lie a quarter pixel beside the inputs; the weights of a = −0.5 there are
    /// −9, 111, 29 and −3 of 128, and those outside of the frame are shared out.
    @Test func weightsAreThoseOfTheCurve() {
        let line: [Double] = [10, 20, 60, 200, 30, 90]
        let frame = RGBFrame(
            width: line.count, height: 1,
            pixels: line.flatMap { [UInt8](repeating: UInt8($0), count: 3) })
        let output = frame.resized(width: 12, height: 1)
        func expected(_ inputs: ArraySlice<Double>, _ weights: [Double]) -> UInt8 {
            let sum = zip(inputs, weights).map { $0 * $1 }.reduce(0, +)
            return UInt8((sum / weights.reduce(0, +)).rounded())
        }
        for channel in 0..<3 {
            // Output 5 lies at input 2.25, output 6 at 2.75: the same weights from both sides.
            #expect(output.pixels[5 * 3 + channel] == expected(line[1..<5], [-9, 111, 29, -3]))
            #expect(output.pixels[6 * 3 + channel] == expected(line[1..<5], [-3, 29, 111, -9]))
            // Output 0 lies at −0.25: two inputs are left.
            #expect(output.pixels[channel] == expected(line[0..<2], [111, -9]))
        }
    }

    /// Rows and columns are treated alike, apart from the rounding between the passes.
    @Test func axesAreAlike() {
        let frame = TestVideo.noise(2, width: 17, height: 1)
        let column = RGBFrame(width: 1, height: 17, pixels: frame.pixels)
        for size in [5, 17, 60] {
            #expect(
                frame.resized(width: size, height: 1).pixels
                    == column.resized(width: 1, height: size).pixels)
        }
    }

    /// Overshoot at an edge is cut at black and white, not wrapped around.
    @Test func overshootIsClamped() {
        let pixels = (0..<8).flatMap { [UInt8](repeating: $0 < 4 ? 0 : 255, count: 3) }
        let output = RGBFrame(width: 8, height: 1, pixels: pixels).resized(width: 32, height: 1)
        #expect(output.pixels[0] == 0 && output.pixels[31 * 3] == 255)
        let levels = (0..<32).map { output.pixels[$0 * 3] }
        #expect(zip(levels, levels.dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test func croppingTakesPaddingAway() {
        let frame = TestVideo.noise(3, width: 6, height: 5)
        let padded = frame.padded(left: 2, right: 1, top: 0, bottom: 3)
        #expect(padded.width == 9 && padded.height == 8)
        #expect(padded.cropped(columns: 2..<8, rows: 0..<5) == frame)
        #expect(
            padded.pixels.map { Int($0) }.reduce(0, +) == frame.pixels.map { Int($0) }.reduce(0, +))
        let part = frame.cropped(columns: 1..<3, rows: 4..<5)
        #expect(part.pixels == Array(frame.pixels[(4 * 6 + 1) * 3..<(4 * 6 + 3) * 3]))
    }
}
