import Foundation
import TestSupport
import Testing
import Torch
import VideoIO

/// Everything beside `generate` and `train`.
@Suite struct OtherCommandTests {
    @Test func tellsItsVersion() async throws {
        let result = try await CommandLineTool.run(["--version"])
        #expect(result.status == 0 && result.errors == "")
        #expect(result.output.hasPrefix("streamingt2v "))
        #expect(result.output.contains("LibTorch \(Runtime.version)"))
    }

    @Test func explainsItself() async throws {
        let result = try await CommandLineTool.run(["--help"])
        #expect(result.status == 0)
        // The help is broken into lines by width.
        let help = result.output.split { $0.isWhitespace }.joined(separator: " ")
        for word in [
            "generate", "enhance", "contact-sheet", "train", "dataset", "study", "inspect",
            "convert", "download", "evaluate", "130 interrupted",
        ] {
            #expect(help.contains(word), "\(word)")
        }
    }

    static let wrongUsages = [
        ["fly"], ["inspect"], ["download"], ["convert", "x"],
        ["convert", "x", "--output", "y", "--dtype", "int8"],
        ["convert", "x", "--output", "y", "--shard-size", "0GB"], ["generate", "a", "--wings"],
        ["train"], ["train", "--recipe"],
        ["dataset", "render"],
        ["dataset", "fly"], ["contact-sheet"], ["contact-sheet", "x", "--frames", "0"],
        ["contact-sheet", "x", "--columns", "300"], ["study", "journeys", "--short=-1"],
        ["dataset", "render", "--count", "2", "--out", "/tmp/x", "--split", "some"],
    ]

    @Test(arguments: wrongUsages) func refusesWrongUsage(arguments: [String]) async throws {
        let result = try await CommandLineTool.run(arguments)
        #expect(
            result.status == 64 && result.output == ""
                && result.errors.lowercased().contains("error: "))
    }

    @Test func drawsAContactSheet() async throws {
        let folder = try Scratch()
        let writer = try await VideoOutput.open(
            path: folder.path("clip.mp4"), width: 32, height: 32, framesPerSecond: 8)
        for level in 0..<20 {
            try await writer.append(
                RGBFrame(
                    width: 32, height: 32,
                    pixels: [UInt8](repeating: UInt8(level * 12), count: 32 * 32 * 3)))
        }
        try await writer.finish()
        let sheet = ["contact-sheet", folder.path("clip.mp4")]
        let result = try await CommandLineTool.run(sheet + ["--frames", "8", "--columns", "4"])
        #expect(result.status == 0 && result.output == folder.path("clip-sheet.png") + "\n")
        let data = try Data(contentsOf: URL(fileURLWithPath: folder.path("clip-sheet.png")))
        let picture = try PNG.decode([UInt8](data))
        // Frames of 4 × 32 pixels with labels of 14 below, and gaps of 2.
        #expect(picture.width == 4 * 130 + 2 && picture.height == 2 * (128 + 14 + 2) + 2)
        // The first frame is dark, the last one bright.
        #expect(picture.pixels[(10 * picture.width + 10) * 3] < 20)
        #expect(picture.pixels[((2 + 144 + 8) * picture.width + 500) * 3] > 215)

        try await expectFailure(73, "clip-sheet.png", "--overwrite", running: sheet)
        let other = try await CommandLineTool.run(
            sheet + ["--frames", "1", "--columns", "1", "--overwrite"])
        #expect(other.status == 0)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path("clip-sheet.png"))) != data)
        let text = try folder.put("no video", "text.mp4")
        try await expectFailure(65, text, running: ["contact-sheet", text])
        try await expectFailure(
            66, "none.mp4", running: ["contact-sheet", folder.path("none.mp4")])
        try await expectFailure(
            73, "mkdir -p", running: sheet + ["--output", folder.path("none/x.png")])
        try await expectFailure(73, "/sys", running: sheet + ["--output", "/sys/x.png"])
        #expect(folder.content == ["clip-sheet.png", "clip.mp4", "text.mp4"])
    }

    @Test func rendersADataSet() async throws {
        let folder = try Scratch()
        let render = ["dataset", "render", "--size", "32", "--output", folder.path("data")]
        let result = try await CommandLineTool.run(
            render + ["--count", "3", "--frames", "2", "--seed", "9"])
        #expect(result.status == 0 && result.output == folder.path("data") + "\n")
        #expect(result.errors.contains("3/3 clips"))
        let list = try String(contentsOfFile: folder.path("data/captions.jsonl"), encoding: .utf8)
        let lines = try list.split(separator: "\n").map {
            try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
        #expect(lines.count == 3)
        var first: Set<[UInt8]> = []
        for line in lines {
            let clip = try #require(line?["clip"] as? String)
            let caption = try #require(line?["caption"] as? String)
            #expect(caption.split(separator: " ").count > 4)
            let pictures = try await frames(of: folder.path("data/" + clip))
            #expect(pictures.count == 2 && pictures[0].width == 32 && pictures[0].height == 32)
            first.insert(pictures[0].pixels)
        }
        #expect(first.count == 3)
        try await expectFailure(73, "captions.jsonl", running: render + ["--count", "1"])
        for wrong in [["--count", "0"], ["--count", "1", "--frames", "0"]] {
            try await expectFailure(
                64, running: ["dataset", "render", "--output", folder.path("no")] + wrong)
        }
        try await expectFailure(
            64, "size",
            running: [
                "dataset", "render", "--count", "1", "--size", "4", "--output", folder.path("no"),
            ])
        #expect(folder.content == ["data"])
    }
}
