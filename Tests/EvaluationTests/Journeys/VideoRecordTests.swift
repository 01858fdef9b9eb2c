import Testing
import VideoIO

@testable import Evaluation

@Suite struct VideoRecordTests {
    /// A frame that tells its number.
    private func frame(_ index: Int) -> RGBFrame {
        RGBFrame(width: 1, height: 1, pixels: [UInt8(index % 256), UInt8(index / 256), 0])
    }

    private func numbers(_ frames: [RGBFrame]) -> [Int] {
        frames.map { Int($0.pixels[0]) + 256 * Int($0.pixels[1]) }
    }

    @Test(arguments: [(1200, 75), (240, 15), (100, 6), (16, 1)])
    func keepsBothEndsAndSamples(count: Int, spacing: Int) {
        var record = VideoRecord(frames: count)
        for index in 0..<count { record.append(frame(index)) }
        #expect(record.count == count)
        #expect(numbers(record.first) == Array(0..<16))
        #expect(numbers(record.last) == Array(count - 16..<count))
        #expect(numbers(record.samples) == (0..<16).map { $0 * spacing })
    }

    @Test func aShortVideoIsKeptWhole() {
        var record = VideoRecord(frames: 5)
        for index in 0..<5 { record.append(frame(index)) }
        for kept in [record.first, record.last, record.samples] {
            #expect(numbers(kept) == Array(0..<5))
        }
    }

    /// Scenes of 30 frames, between which every pixel changes.
    @Test(arguments: [0, 1, 3]) func countsCuts(cuts: Int) {
        var record = VideoRecord(frames: 30 * (cuts + 1))
        for index in 0..<30 * (cuts + 1) {
            let tint = index / 30 % 2 == 0 ? [150, 20, 20] : [10, 30, 140]
            var pixels: [UInt8] = []
            for y in 0..<32 {
                for x in 0..<64 {
                    let wave = abs((x + index) % 64 - 32) * 2 + y
                    pixels += tint.map { UInt8($0 + wave) }
                }
            }
            record.append(RGBFrame(width: 64, height: 32, pixels: pixels))
        }
        #expect(record.finishCuts() == cuts)
    }

    @Test func measuresChange() {
        let still = RGBFrame(width: 1, height: 2, pixels: [10, 20, 30, 40, 50, 60])
        let moved = RGBFrame(width: 1, height: 2, pixels: [13, 20, 27, 40, 50, 66])
        #expect(VideoRecord.change([still, still]) == 0)
        #expect(VideoRecord.change([still, moved]) == 2)  // (3 + 3 + 6) / 6
        #expect(VideoRecord.change([still, moved, moved, moved]) == 2.0 / 3)
        #expect(VideoRecord.change([still]) == 0 && VideoRecord.change([]) == 0)
    }
}
