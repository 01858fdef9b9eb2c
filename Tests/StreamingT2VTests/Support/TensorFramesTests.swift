import StreamingT2V
import Testing
import Torch
import VideoIO

@Suite struct TensorFramesTests {
    @Test func valuesAreRoundedAndClamped() throws {
        let values: [Float] = [-9, -1, -0.9999, 0, 0.5, 1, 9, 127.4 / 127.5 - 1, 127.6 / 127.5 - 1]
        let image = try Tensor(values + values + values, shape: [1, 3, 3, 3])
        let frame = try #require(try image.frames().first)
        let bytes = stride(from: 0, to: 27, by: 3).map { frame.pixels[$0] }
        #expect(bytes == [0, 0, 0, 128, 191, 255, 255, 127, 128])
    }

    /// Channels are planes in a tensor and interleaved in a frame; rows and columns stay apart.
    @Test func everyByteReturns() throws {
        let pixels = (0..<2 * 10 * 13 * 3).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let frames = [0, 1].map {
            RGBFrame(width: 13, height: 10, pixels: Array(pixels[$0 * 390..<($0 + 1) * 390]))
        }
        let images = try Tensor.images(frames)
        #expect(images.shape == [2, 3, 10, 13])
        #expect(try images.frames() == frames)
        let green = try images.selected(0, 1).selected(0, 1).selected(0, 4).selected(0, 5).item()
        let byte = Double(frames[1].pixels[(4 * 13 + 5) * 3 + 1])
        #expect(abs(green - (byte / 127.5 - 1)) < 1e-6)
    }

    @Test func framesOfDifferentSizesAreRefused() throws {
        let frames = [(4, 2), (2, 4)].map {
            RGBFrame(width: $0.0, height: $0.1, pixels: [UInt8](repeating: 0, count: 24))
        }
        #expect(
            throws: TensorError.shapeMismatch(
                place: "images", expected: "frames of 4×2", actual: [2, 4])
        ) { try Tensor.images(frames) }
        #expect(throws: TensorError.self) { try Tensor.images([]) }
        #expect(throws: TensorError.self) { try Tensor.zeros([1, 4, 2, 2]).frames() }
    }
}
