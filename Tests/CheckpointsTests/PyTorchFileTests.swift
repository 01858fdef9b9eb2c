import Foundation
import TestSupport
import Testing

@testable import Checkpoints

/// What Python read in a file: `scripts/fixtures/checkpoints.py`.
private struct Expected: Decodable {
    let type: String
    let shape: [Int]
    let sha256: String
}

private func expectations(in folder: URL) throws -> [String: [String: Expected]] {
    try JSONDecoder().decode(
        [String: [String: Expected]].self,
        from: Data(contentsOf: folder.appending(path: "expected.json")))
}

/// Every tensor of a file has the name, the type, the shape and the numbers that Python reads.
private func compare(_ url: URL, with expected: [String: Expected]) throws {
    let archive = try openCheckpoint(url)
    #expect(archive.names == expected.keys.sorted())
    for (name, tensor) in expected {
        let entry = try #require(archive.entries[name])
        #expect(entry.type.rawValue == tensor.type, "\(name)")
        #expect(entry.shape == tensor.shape, "\(name)")
        #expect(try archive.withBytes(of: name) { SHA256.hexDigest(of: $0) } == tensor.sha256)
    }
}

@Suite struct PyTorchFileTests {
    static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/checkpoints")

    @Test(arguments: ["training.ckpt", "plain.pt", "layer.bin", "legacy.pth"])
    func readsWhatPythonReads(name: String) throws {
        let expected = try #require(expectations(in: Self.folder)[name])
        #expect(!expected.isEmpty)
        try compare(Self.folder.appending(path: name), with: expected)
    }

    private static let realFolder =
        ProcessInfo.processInfo.environment["ST2V_REAL_CHECKPOINTS"].map { URL(filePath: $0) }

    @Test(
        .enabled(
            if: realFolder != nil,
            "ST2V_REAL_CHECKPOINTS is not set: scripts/fixtures/checkpoints.py real FOLDER fetches the files"
        ))
    func readsFilesThatOthersMade() throws {
        let folder = try #require(Self.realFolder)
        let files = try expectations(in: folder)
        #expect(files.count >= 3)
        for (name, expected) in files {
            try compare(folder.appending(path: name), with: expected)
        }
    }

    @Test func formatsAreToldApartByContent() throws {
        let zip = try openCheckpoint(Self.folder.appending(path: "training.ckpt"))
        let legacy = try openCheckpoint(Self.folder.appending(path: "legacy.pth"))
        #expect(zip.format == "PyTorch (zip)")
        #expect(legacy.format == "PyTorch (legacy)")
        let scratch = try Scratch()
        try SafetensorsWriter.write(
            [("a", .uint8, [1], [7])], to: scratch.url("weights.ckpt"))
        #expect(try openCheckpoint(scratch.url("weights.ckpt")).format == "safetensors")
    }

    // MARK: Hostile files

    /// A legacy file whose contents are this pickle, with these storages of one float each.
    private func legacy(_ contents: [UInt8], storages: [String] = []) -> [UInt8] {
        var bytes: [UInt8] = [
            0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
            0x80, 2, 0x4D, 0xE9, 3, 0x2E, 0x80, 2, 0x7D, 0x2E,
        ]
        bytes += [0x80, 2] + contents + [0x2E, 0x80, 2, 0x5D, 0x28]
        for name in storages { bytes += [0x55, UInt8(name.utf8.count)] + Array(name.utf8) }
        bytes += [0x65, 0x2E]
        for _ in storages { bytes += [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3F] }
        return bytes
    }

    /// `{"t": tensor}` over storage "s", the tensor's arguments written as text instructions.
    private func tensor(offset: Int, shape: [Int], strides: [Int]) -> [UInt8] {
        func tuple(_ numbers: [Int]) -> String {
            "(" + numbers.map { "I\($0)\n" }.joined() + "t"
        }
        let text =
            "}S't'\nctorch._utils\n_rebuild_tensor_v2\n("
            + "(S'storage'\nctorch\nFloatStorage\nS's'\nS'cpu'\nI1\ntQ"
            + "I\(offset)\n\(tuple(shape))\(tuple(strides))I00\nNtRs"
        return Array(text.utf8)
    }

    private func refusal(_ bytes: [UInt8]) throws -> String {
        let scratch = try Scratch()
        let url = try scratch.put(bytes, "t.pth")
        let error = checkpointError { _ = try PyTorchFile(url: url) }
        return try #require(error).description
    }

    @Test func handmadeTensorsAreRead() throws {
        let scratch = try Scratch()
        let bytes = legacy(tensor(offset: 0, shape: [1, 1], strides: [5, 1]), storages: ["s"])
        let file = try PyTorchFile(url: scratch.put(bytes, "t.pth"))
        #expect(file.names == ["t"])
        #expect(try file.withBytes(of: "t") { Array($0) } == [0, 0, 0x80, 0x3F])
    }

    @Test func callsAreNotMade() throws {
        let victim = FileManager.default.temporaryDirectory
            .appending(path: "pickle-\(UUID().uuidString)")
        let code = "cos\nsystem\n(S'touch \(victim.path)'\ntR"
        #expect(try refusal(legacy(Array(code.utf8))).contains("no tensor"))
        #expect(!FileManager.default.fileExists(atPath: victim.path))
    }

    @Test func placesOutsideOfTheStorageAreRefused() throws {
        for (offset, shape, strides) in [
            (0, [2], [1]), (1, [1], [1]), (-1, [1], [1]), (0, [1, 2], [1, 1]),
            (Int.max, [1], [1]), (0, [3], [Int.max]),
        ] {
            let bytes = legacy(
                tensor(offset: offset, shape: shape, strides: strides), storages: ["s"])
            let message = try refusal(bytes)
            #expect(
                message.contains("needs more than the 4 bytes") || message.contains("63 bits"),
                "\(message)")
        }
        #expect(
            try refusal(legacy(tensor(offset: 0, shape: [1], strides: [1])))
                .contains("are missing"))
        #expect(
            try refusal(legacy(tensor(offset: 0, shape: [-1], strides: [1]), storages: ["s"]))
                .contains("lacks its storage, offset, sizes"))
    }

    /// A stride of zero would make a tensor of any size out of one number.
    @Test func repeatedNumbersAreRefused() throws {
        let bytes = legacy(
            tensor(offset: 0, shape: [1 << 40], strides: [0]), storages: ["s"])
        #expect(try refusal(bytes).contains("contiguous copy"))
    }

    @Test func depthAndNumberOfValuesAreBounded() throws {
        // Half a million tuples in each other, a list that holds itself, and too many values.
        let deep = [UInt8(0x29)] + [UInt8](repeating: 0x85, count: 500_000)
        #expect(try refusal(legacy(deep)).contains("nested deeper"))
        #expect(try refusal(legacy(Array("]q\u{0}h\u{0}a".utf8))).contains("no tensor"))
        let many = [UInt8(0x4E)] + [UInt8](repeating: 0x32, count: 2_100_000)
        #expect(try refusal(legacy(many)).contains("more than 2000000 values"))
    }

    @Test func unknownInstructionsAndTypesAreNamed() throws {
        #expect(try refusal(legacy([0x82, 1])).contains("instruction 0x82 is not allowed"))
        let text =
            "}S't'\nctorch._utils\n_rebuild_tensor_v2\n("
            + "(S'storage'\nctorch\nComplexFloatStorage\nS's'\nS'cpu'\nI0\ntQ"
            + "I0\n(I0\nt(I1\ntI00\nNtRs"
        let message = try refusal(legacy(Array(text.utf8)))
        #expect(message.contains("ComplexFloatStorage"))
    }

    @Test func otherFilesAreRefusedWithAReason() throws {
        #expect(try refusal(Array("PK\u{3}\u{4}".utf8)).contains("cut short"))
        #expect(try refusal([1, 2, 3]).contains("begins like none"))
        let whole = try Array(Data(contentsOf: Self.folder.appending(path: "training.ckpt")))
        #expect(try refusal(whole.dropLast(30)).contains("zip archive"))
    }

    private func refusal(_ bytes: ArraySlice<UInt8>) throws -> String { try refusal(Array(bytes)) }
}
