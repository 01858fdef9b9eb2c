import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite struct SafetensorsRoundTripTests {
    @Test(arguments: StoredType.allCases) func keepsEveryType(type: StoredType) throws {
        let scratch = try Scratch()
        let bytes = (0..<6 * type.byteCount).map { UInt8(truncatingIfNeeded: 37 * $0 + 11) }
        try SafetensorsWriter.write([("a.weight", type, [2, 3], bytes)], to: scratch.url())

        let file = try SafetensorsFile(url: scratch.url())
        #expect(
            file.entries == [
                "a.weight": CheckpointEntry(
                    name: "a.weight", type: type, shape: [2, 3],
                    byteRange: 0..<6 * type.byteCount)
            ])
        #expect(try file.withBytes(of: "a.weight") { Array($0) } == bytes)
        #expect(file.metadata.isEmpty)
    }

    @Test func keepsOrderNamesScalarsAndEmptyTensors() throws {
        let scratch = try Scratch()
        let tensors: [(name: String, type: StoredType, shape: [Int], bytes: [UInt8])] = [
            ("z", .uint8, [3], [1, 2, 3]),
            ("größe \"\\\n\u{1F600}", .float32, [], [4, 5, 6, 7]),
            ("none", .int64, [4, 0, 2], []),
            ("a", .bool, [2], [0, 1]),
        ]
        let metadata = ["format": "pt", "note": "tab\t, quote\" and \u{7}"]
        try SafetensorsWriter.write(tensors, metadata: metadata, to: scratch.url())
        let file = try SafetensorsFile(url: scratch.url())

        #expect(file.metadata == metadata)
        #expect(file.names == tensors.map(\.name).sorted())
        let starts = tensors.map { file.entries[$0.name]?.byteRange.lowerBound }
        #expect(starts == [0, 3, 7, 7])
        for tensor in tensors {
            #expect(file.entries[tensor.name]?.shape == tensor.shape)
            #expect(try file.withBytes(of: tensor.name) { Array($0) } == tensor.bytes)
        }
        let raw = try Data(contentsOf: scratch.url())
        #expect(raw[0] % 8 == 0, "the data begin at a multiple of eight")
    }

    @Test func writesTheSameBytesAgain() throws {
        let scratch = try Scratch()
        let metadata = Dictionary(uniqueKeysWithValues: (0..<50).map { ("key\($0)", "\($0)") })
        for name in ["one.safetensors", "two.safetensors"] {
            try SafetensorsWriter.write(
                [("w", .float16, [1], [0, 60])], metadata: metadata, to: scratch.url(name))
        }
        let one = try Data(contentsOf: scratch.url("one.safetensors"))
        #expect(try one == Data(contentsOf: scratch.url("two.safetensors")))
        #expect(one.count > 500)
    }

    @Test func writesTheBytesThatTheFormatAsksFor() throws {
        let scratch = try Scratch()
        try SafetensorsWriter.write(
            [("b", .int16, [2], [1, 0, 2, 0])], metadata: ["k": "v"], to: scratch.url())
        let text =
            #"{"__metadata__":{"k":"v"},"b":{"dtype":"I16","shape":[2],"#
            + #""data_offsets":[0,4]}}"#
        let padded = text + String(repeating: " ", count: (8 - text.utf8.count % 8) % 8)
        let expected = Array(handmade(header: Array(padded.utf8))) + [1, 0, 2, 0]
        #expect(try Data(contentsOf: scratch.url()) == Data(expected))
    }

    @Test func readsAnEmptyFile() throws {
        let scratch = try Scratch()
        let file = try SafetensorsFile(url: scratch.put(header: "{}"))
        #expect(file.entries.isEmpty)
    }

    @Test func hashesTheWholeFile() throws {
        let scratch = try Scratch()
        let file = try SafetensorsFile(url: scratch.put(header: "{}      "))
        // printf '\x08\0\0\0\0\0\0\0{}      ' | sha256sum
        #expect(file.sha256() == "9bbcbf73561f6bc5d0a17ea6a2081feed2d1304e87602d8c502d9a5c4bd85576")
    }

    @Test func namesTheTensorThatIsNotThere() throws {
        let scratch = try Scratch()
        let file = try SafetensorsFile(url: scratch.put(header: "{}"))
        let error = checkpointError { try file.withBytes(of: "w") { _ in } }
        #expect(error == .noSuchTensor(file: scratch.path(), name: "w"))
    }

    @Test func keepsTheOldContentsWhileItIsReplaced() throws {
        let scratch = try Scratch()
        try SafetensorsWriter.write([("w", .uint8, [2], [1, 2])], to: scratch.url())
        let old = try SafetensorsFile(url: scratch.url())
        try SafetensorsWriter.write([("w", .uint8, [2], [3, 4])], to: scratch.url())
        #expect(try old.withBytes(of: "w") { Array($0) } == [1, 2])
        let new = try SafetensorsFile(url: scratch.url())
        #expect(try new.withBytes(of: "w") { Array($0) } == [3, 4])
    }
}
