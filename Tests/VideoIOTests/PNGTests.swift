import CZlib
import Foundation
import TestSupport
import Testing
import VideoIO

@Suite struct PNGTests {
    private func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + data
        return number(data.count) + body
            + number(Int(crc32(0, body, UInt32(body.count))))
    }

    private func number(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private func file(
        width: Int, height: Int, depth: UInt8 = 8, type: UInt8, interlace: UInt8 = 0,
        rows: [UInt8]
    ) -> [UInt8] {
        var packed = [UInt8](repeating: 0, count: rows.count + 100)
        var length = UInt(packed.count)
        compress(&packed, &length, rows, UInt(rows.count))
        return [137, 80, 78, 71, 13, 10, 26, 10]
            + chunk("IHDR", number(width) + number(height) + [depth, type, 0, 0, interlace])
            + chunk("IDAT", Array(packed.prefix(Int(length)))) + chunk("IEND", [])
    }

    private func reason(_ bytes: [UInt8]) -> String? {
        do {
            _ = try PNG.decode(bytes)
            return nil
        } catch {
            return error.description
        }
    }

    @Test(arguments: [(1, 1), (1, 7), (13, 1), (33, 21), (64, 48)])
    func givesBackEveryBit(width: Int, height: Int) throws {
        for frame in [
            TestVideo.frame(3, width: width, height: height),
            TestVideo.noise(3, width: width, height: height),
        ] {
            #expect(try PNG.decode(PNG.encode(frame)) == frame)
            #expect(try PNG.decode(PNG.encode(frame, level: 0)) == frame)
        }
    }

    @Test func compressesSmoothPicturesWell() {
        let frame = TestVideo.frame(0, width: 256, height: 256)
        #expect(PNG.encode(frame).count < frame.pixels.count / 8)
    }

    /// ffmpeg's decoder knows nothing of ours.
    @Test func isReadByAnotherDecoder() async throws {
        let folder = try Scratch()
        let path = folder.path("one.png")
        let frame = TestVideo.frame(5, width: 33, height: 21)
        try Data(PNG.encode(frame)).write(to: URL(fileURLWithPath: path))
        #expect(try await TestVideo.read(path) == [frame])
    }

    /// ffmpeg's encoder chooses among all five filters.
    @Test(arguments: ["none", "sub", "up", "avg", "paeth", "mixed"])
    func readsAnotherEncoder(filter: String) throws {
        let folder = try Scratch()
        let path = folder.path("one.png")
        let frame = TestVideo.noise(7, width: 31, height: 17)
        try Data(frame.pixels).write(to: URL(fileURLWithPath: folder.path("raw")))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try FFmpegTools.find().ffmpeg)
        process.arguments =
            ["-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "31x17"]
            + ["-i", folder.path("raw"), "-pred", filter, path]
        try process.run()
        process.waitUntilExit()
        #expect(try PNG.decode([UInt8](Data(contentsOf: URL(fileURLWithPath: path)))) == frame)
    }

    @Test func readsGrayAndAlpha() throws {
        #expect(
            try PNG.decode(file(width: 2, height: 1, type: 0, rows: [0, 10, 200])).pixels
                == [10, 10, 10, 200, 200, 200])
        #expect(
            try PNG.decode(file(width: 2, height: 1, type: 4, rows: [1, 10, 255, 5, 0])).pixels
                == [10, 10, 10, 15, 15, 15])
        #expect(
            try PNG.decode(
                file(width: 1, height: 2, type: 6, rows: [0, 1, 2, 3, 9, 2, 1, 1, 1, 0])
            )
            .pixels == [1, 2, 3, 2, 3, 4])
    }

    @Test func refusesEveryCutAndEveryFlippedBit() {
        let bytes = PNG.encode(TestVideo.frame(1, width: 9, height: 7))
        for length in 0..<bytes.count { #expect(reason(Array(bytes.prefix(length))) != nil) }
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 0x10
            #expect(reason(changed) != nil, "byte \(index)")
        }
    }

    @Test func refusesLiesAboutTheSize() {
        let row: [UInt8] = [0, 1, 2, 3]
        #expect(reason(file(width: 1, height: 1, type: 2, rows: row)) == nil)
        #expect(reason(file(width: 1, height: 2, type: 2, rows: row)) != nil)
        #expect(reason(file(width: 1, height: 1, type: 2, rows: row + row)) != nil)
        #expect(reason(file(width: 0, height: 1, type: 2, rows: row)) != nil)
        // Little data for a large picture is refused before its memory is taken.
        let bomb = reason(file(width: 8000, height: 8000, type: 2, rows: row))
        #expect(bomb?.contains("cannot hold") == true)
        let huge = reason(file(width: 1 << 30, height: 1 << 30, type: 2, rows: row))
        #expect(huge?.contains("limit") == true)
    }

    @Test func refusesWhatItDoesNotKnow() {
        let row: [UInt8] = [0, 1, 2, 3]
        #expect(reason(file(width: 1, height: 1, depth: 16, type: 2, rows: row)) != nil)
        #expect(reason(file(width: 1, height: 1, type: 3, rows: row)) != nil)
        #expect(reason(file(width: 1, height: 1, type: 2, interlace: 1, rows: row)) != nil)
        #expect(reason(file(width: 1, height: 1, type: 2, rows: [5, 1, 2, 3])) != nil)
        #expect(reason([]) != nil)
    }
}
