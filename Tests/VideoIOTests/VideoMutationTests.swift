import Foundation
import TestSupport
import Testing

@testable import VideoIO

/// Damaged pictures and reports of ffprobe are refused or read.
@Suite struct VideoMutationTests {
    private let frame = RGBFrame(
        width: 7, height: 5, pixels: (0..<105).map { UInt8(truncatingIfNeeded: $0 * 37) })

    @Test func pictures() throws {
        let tally = try MutationTally(of: PNG.encode(frame)) {
            $0 is VideoIOError
        } _: { bytes in
            let read = try PNG.decode(bytes)
            #expect(read.pixels.count == read.width * read.height * 3)
        }
        #expect(tally.refused > tally.read && tally.slowest < .seconds(2))
    }

    /// Checksums are made right again, so that what follows them is reached.
    @Test func picturesWithRightChecksums() throws {
        let file = PNG.encode(frame)
        let start = PNG.signature.count
        let tally = try MutationTally(of: file[(start + 4)...], seed: 1 << 32) {
            $0 is VideoIOError
        } _: { bytes in
            var chunks: [UInt8] = []
            // The lengths of the original chunks: the header, the data, the end.
            var rest = bytes[...]
            for length in [13, file.count - start - 13 - 36, 0] {
                let body = Array(rest.prefix(length + 4))
                rest = rest.dropFirst(length + 12)
                chunks.append(bigEndian: UInt32(max(body.count - 4, 0)))
                chunks += body
                chunks.append(bigEndian: PNG.checksum(body[...]))
            }
            let read = try PNG.decode(PNG.signature + chunks)
            #expect(read.pixels.count == read.width * read.height * 3)
        }
        #expect(tally.read > 0 && tally.refused > 0 && tally.slowest < .seconds(2))
    }

    @Test func reports() throws {
        let report = """
            {"program_version": {"version": "7.1"}, "streams": [{"width": 640, "height": 360,
             "avg_frame_rate": "30000/1001", "r_frame_rate": "30/1", "nb_frames": "250",
             "duration": "8.341667", "side_data_list": [{"rotation": -90}],
             "tags": {"rotate": "270"}}], "format": {"duration": "8.36"}}
            """
        let tally = try MutationTally(of: report.utf8) {
            $0 is VideoIOError
        } _: { bytes in
            let info = try VideoProbe.result(
                Data(bytes), path: "x.mp4", tool: "ffprobe", log: ""
            ).info
            #expect(info.width * info.height <= VideoReader.maximumPixelCount)
            #expect((0...PNGFolder.numberLimit).contains(info.frameCount ?? 0))
            #expect((info.duration ?? 0) >= 0 && (info.framesPerSecond?.value ?? 1) > 0)
        }
        #expect(tally.read > 0 && tally.refused > 0 && tally.slowest < .seconds(2))
    }

    @Test func refusesAFrameNumberThatNoVideoHas() async throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "png-gap-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["9223372036854775807", "99999999999999999999", "1000000000"] {
            let file = folder.appending(path: "frame-\(name).png")
            try Data().write(to: file)
            await #expect(
                throws: VideoIOError.notAVideo(
                    path: folder.path, detail: "a frame has a number above 999999999")
            ) { try await VideoReader.open(folder.path) }
            try FileManager.default.removeItem(at: file)
        }
    }
}
