import Foundation
import TestSupport
import Testing
import VideoIO

@Suite struct RoundTripTests {
    @Test(arguments: ["mp4", "webm", "gif"], [FrameRate(8), FrameRate(25)])
    func keepsCountRateAndPicture(fileExtension: String, rate: FrameRate) async throws {
        let folder = try Scratch()
        let path = folder.path("clip.\(fileExtension)")
        try await TestVideo.write(path, count: 30, rate: rate)
        #expect(folder.content == ["clip.\(fileExtension)"])  // the lock is gone

        let reader = try await VideoReader.open(path)
        #expect(reader.info.width == 96 && reader.info.height == 64)
        #expect(reader.info.framesPerSecond == rate)
        #expect(abs((reader.info.duration ?? 0) - 30 / rate.value) < 0.05)
        #expect(try await reader.countFrames() == 30)
        let frames = try await TestVideo.read(path)
        try #require(frames.count == 30)
        for (index, frame) in frames.enumerated() {
            #expect(TestVideo.psnr(frame, TestVideo.frame(index)) > 30)
        }
    }

    @Test func keepsAFractionalRate() async throws {
        let folder = try Scratch()
        let path = folder.path("ntsc.mp4")
        try await TestVideo.write(path, count: 12, rate: FrameRate(24_000, per: 1001))
        let reader = try await VideoReader.open(path)
        #expect(reader.info.framesPerSecond == FrameRate(24_000, per: 1001))
    }

    @Test func keepsRepeatedFramesInAGIF() async throws {
        let folder = try Scratch()
        let path = folder.path("still.gif")
        let writer = try await VideoOutput.open(
            path: path, width: 32, height: 32, framesPerSecond: 24)
        for index in 0..<20 {
            try await writer.append(TestVideo.frame(index / 10, width: 32, height: 32))
        }
        try await writer.finish()
        #expect(try await TestVideo.read(path).count == 20)
    }

    @Test(arguments: ["mp4", "webm"])
    func padsOddSidesByRepetition(fileExtension: String) async throws {
        let folder = try Scratch()
        let path = folder.path("odd.\(fileExtension)")
        try await TestVideo.write(path, count: 9, width: 65, height: 47)
        let frames = try await TestVideo.read(path)
        try #require(frames.count == 9)
        let last = frames[8]
        #expect(last.width == 66 && last.height == 48)
        #expect(TestVideo.psnr(last, TestVideo.frame(8, width: 65, height: 47)) > 30)
        for row in 0..<48 {
            for channel in 0..<3 {
                let edge = Int(last.pixels[(row * 66 + 64) * 3 + channel])
                let padded = Int(last.pixels[(row * 66 + 65) * 3 + channel])
                #expect(abs(edge - padded) <= 10)  // black would be 60 and more away
            }
        }
    }

    @Test func keepsOddSidesOfAGIF() async throws {
        let folder = try Scratch()
        let path = folder.path("odd.gif")
        try await TestVideo.write(path, count: 3, width: 33, height: 21)
        let frames = try await TestVideo.read(path)
        #expect(frames.map(\.width) == [33, 33, 33] && frames.map(\.height) == [21, 21, 21])
    }

    @Test func keepsEveryBitInAFolderOfPNGs() async throws {
        let folder = try Scratch()
        let path = folder.path("frames/")
        try await TestVideo.write(path, count: 5, width: 33, height: 21)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: path).sorted()
                == (0..<5).map { "frame-00000\($0).png" })
        let reader = try await VideoReader.open(path)
        #expect(reader.info.frameCount == 5 && reader.info.framesPerSecond == nil)
        #expect(
            try await TestVideo.read(path)
                == (0..<5).map { TestVideo.frame($0, width: 33, height: 21) })
    }

    @Test func givesColoursBackAtTheirPlace() async throws {
        let folder = try Scratch()
        let path = folder.path("colours.mp4")
        let colours: [[UInt8]] = [[220, 30, 30], [30, 200, 40], [40, 50, 210]]
        let pixels = (0..<48).flatMap { _ in (0..<48).flatMap { colours[$0 / 16] } }
        let writer = try await VideoOutput.open(
            path: path, width: 48, height: 48, framesPerSecond: 4)
        for _ in 0..<4 {
            try await writer.append(RGBFrame(width: 48, height: 48, pixels: pixels))
        }
        try await writer.finish()
        let frame = try #require(try await TestVideo.read(path).last)
        for (index, colour) in colours.enumerated() {
            let start = (24 * 48 + index * 16 + 8) * 3
            for channel in 0..<3 {
                let difference = Int(frame.pixels[start + channel]) - Int(colour[channel])
                #expect(abs(difference) <= 8)  // swapped channels or another matrix miss this
            }
        }
    }
}
