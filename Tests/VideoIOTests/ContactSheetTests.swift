import Foundation
import TestSupport
import Testing
import VideoIO

@Suite struct ContactSheetTests {
    @Test func samplesEvenlyFromFirstToLast() {
        #expect(ContactSheet.sample(count: 5, of: 9) == [0, 2, 4, 6, 8])
        #expect(ContactSheet.sample(count: 4, of: 8) == [0, 2, 5, 7])
        #expect(ContactSheet.sample(count: 8, of: 3) == [0, 1, 2])
        #expect(ContactSheet.sample(count: 1, of: 3) == [0])
        #expect(ContactSheet.sample(count: 0, of: 3) == [])
    }

    @Test func placesEveryFrameInItsCell() {
        let frames = (0..<5).map { TestVideo.uniform(UInt8(40 * $0 + 40), width: 6, height: 4) }
        let sheet = ContactSheet.make(frames: frames, columns: 3, scale: 2)
        #expect(sheet.width == 2 + 3 * 14 && sheet.height == 2 + 2 * 10)
        for (index, frame) in frames.enumerated() {
            let (left, top) = (2 + index % 3 * 14, 2 + index / 3 * 10)
            for (x, y) in [(0, 0), (11, 0), (0, 7), (11, 7)] {
                #expect(sheet.pixels[((top + y) * sheet.width + left + x) * 3] == frame.pixels[0])
            }
            #expect(sheet.pixels[(top * sheet.width + left - 1) * 3] == 24)
        }
    }

    @Test func labelsLieBelowTheFrames() {
        let frames = [TestVideo.uniform(99, width: 20, height: 8)]
        let plain = ContactSheet.make(frames: frames, columns: 1)
        let sheet = ContactSheet.make(frames: frames, columns: 1, labels: ["1x and far too long"])
        #expect(sheet.width == plain.width && sheet.height > plain.height)
        let below = sheet.pixels[(sheet.width * 3 * 10)...]
        // "1X" fits: 8 lit pixels of 2 × 2 in "1", 9 in "X".
        #expect(below.filter { $0 == 220 }.count == (8 + 9) * 4 * 3)
    }

    @Test func showsEvenlySpacedFramesOfAVideo() async throws {
        let folder = try Scratch()
        for name in ["clip.mp4", "frames"] {
            let path = folder.path(name)
            try await TestVideo.write(path, count: 21, width: 128, height: 64)
            let sheet = try await ContactSheet.make(video: path, frameCount: 6, columns: 3)
            #expect(sheet.width == 2 + 3 * 130)
            #expect(sheet.height == 2 + 2 * (64 + 14 + 2))
            for (index, number) in [0, 4, 8, 12, 16, 20].enumerated() {
                let (left, top) = (2 + index % 3 * 130, 2 + index / 3 * 80)
                var pixels: [UInt8] = []
                for y in 0..<64 {
                    let start = ((top + y) * sheet.width + left) * 3
                    pixels += sheet.pixels[start..<start + 128 * 3]
                }
                let cell = RGBFrame(width: 128, height: 64, pixels: pixels)
                #expect(
                    TestVideo.psnr(cell, TestVideo.frame(number, width: 128, height: 64)) > 30)
            }
        }
    }

    @Test func reducesLargeFrames() async throws {
        let folder = try Scratch()
        let path = folder.path("large")
        let writer = try await VideoOutput.open(
            path: path, width: 600, height: 300, framesPerSecond: 8)
        try await writer.append(TestVideo.uniform(77, width: 600, height: 300))
        try await writer.finish()
        let sheet = try await ContactSheet.make(video: path)
        #expect(sheet.width == 2 + 202 && sheet.height == 2 + 100 + 14 + 2)
        #expect(sheet.pixels[(50 * sheet.width + 100) * 3] == 77)
    }
}
