import Checkpoints
import Foundation
import TestSupport
import Testing

/// `convert`.
@Suite struct ConvertTests {
    private static let fixtures = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/checkpoints").path

    /// A safetensors file of zeros in float32 that takes no room on the disk.
    private func zeros(_ folder: Scratch, tensors: Int, elements: Int) throws -> String {
        let size = elements * 4
        let members = (0..<tensors).map {
            #""t\#($0)":{"dtype":"F32","shape":[\#(elements)],"data_offsets":[\#($0 * size),\#(($0 + 1) * size)]}"#
        }
        let header = Data("{\(members.joined(separator: ","))}".utf8)
        let path = folder.path("zeros.safetensors")
        let length = UInt64(header.count).littleEndian
        try (withUnsafeBytes(of: length) { Data($0) } + header)
            .write(to: URL(fileURLWithPath: path))
        #expect(truncate(path, off_t(8 + header.count + tensors * size)) == 0)
        return path
    }

    @Test func convertsATrainingCheckpoint() async throws {
        let folder = try Scratch()
        let input = Self.fixtures + "/training.ckpt"
        let convert = ["convert", input, "--output", folder.path("out")]
        let result = try await CommandLineTool.run(convert)
        #expect(result.status == 0)
        #expect(result.output == folder.path("out/model.safetensors") + "\n")
        #expect(result.errors.contains("14 tensors, 0 in another type, 0 under a new name"))
        try await expectFailure(73, "model.safetensors", "--overwrite", running: convert)
        let again = try await CommandLineTool.run(
            convert + ["--overwrite", "--json", "--dtype", "bfloat16", "--shard-size", "0.1kB"])
        #expect(again.status == 0)
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(again.output.utf8)) as? [String: Any])
        let path = folder.path("out/model.safetensors.index.json")
        #expect(report["output"] as? String == path)
        #expect(report["input"] as? String == input)
        #expect(report["format"] as? String == "PyTorch (zip)")
        #expect(report["tensors"] as? Int == 14)
        // Of eight with floating-point numbers one is bfloat16 already.
        #expect(report["converted"] as? Int == 7)
        #expect((report["types"] as? [String: Int])?["BF16"] == 8)
        #expect((report["types"] as? [String: Int])?["F32"] == nil)
        let files = try #require(report["files"] as? [String])
        #expect(files.count > 2)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path("out")).sorted()
                == files.sorted())
        let archive = try openCheckpoint(URL(fileURLWithPath: path))
        #expect(archive.names == (try openCheckpoint(URL(fileURLWithPath: input))).names)
    }

    @Test func refusesWhatItCannotConvert() async throws {
        let folder = try Scratch()
        let output = ["--output", folder.path("out")]
        let text = try folder.put("no weights", "x.bin")
        try await expectFailure(65, text, running: ["convert", text] + output)
        try await expectFailure(
            66, "none.pt", running: ["convert", folder.path("none.pt")] + output)
        try await expectFailure(
            73, "Not a directory",
            running: ["convert", Self.fixtures + "/plain.pt", "--output", text + "/out"])
        try SafetensorsWriter.write(
            [("large", .bfloat16, [1], [0, 0x48])],
            to: URL(fileURLWithPath: folder.path("l.safetensors")))
        try await expectFailure(
            65, "\"large\"", "float16", "bfloat16 or float32",
            running: ["convert", folder.path("l.safetensors"), "--dtype", "float16"] + output)
        #expect(folder.content == ["l.safetensors", "x.bin"])
    }

    @Test(.enabled(if: SmallDisk.isAvailable, "mounting a small disk needs root"))
    func refusesAFullDiskBeforeTheWork() async throws {
        let folder = try Scratch()
        let disk = try SmallDisk(kibibytes: 64)
        let input = try zeros(folder, tensors: 3, elements: 10_000)
        try await expectFailure(
            74, "no room", running: ["convert", input, "--output", disk.path + "/out"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == [])
        let half = ["convert", input, "--dtype", "float16", "--output", disk.path + "/out"]
        #expect(try await CommandLineTool.run(half).status == 0)
    }

    @Test func interruptionLeavesNothing() async throws {
        let folder = try Scratch()
        let input = try zeros(folder, tensors: 64, elements: 8_000_000)
        let running = try CommandLineTool.start(
            ["convert", input, "--output", folder.path("out"), "--dtype", "float16"])
        let hasBegun = try await wait {
            FileManager.default.fileExists(atPath: folder.path("out")) && running.catchesInterrupts
        }
        try #require(hasBegun)
        running.send(SIGINT)
        let result = await running.result()
        #expect(result.status == 130 && !result.wasKilled && result.output == "")
        #expect(folder.content == ["zeros.safetensors"])
    }
}
