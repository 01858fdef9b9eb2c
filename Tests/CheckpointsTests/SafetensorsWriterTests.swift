import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite struct SafetensorsWriterTests {
    private let two = [
        TensorDeclaration(name: "a", type: .uint8, shape: [2]),
        TensorDeclaration(name: "b", type: .int16, shape: [1]),
    ]

    private func write(_ bytes: [UInt8], _ name: String, with writer: SafetensorsWriter) throws {
        try bytes.withUnsafeBytes { try writer.write($0, of: name) }
    }

    @Test func showsNothingBeforeTheEnd() throws {
        let scratch = try Scratch()
        let url = try scratch.put([9])
        let writer = try SafetensorsWriter(url: url, tensors: two)
        try write([1, 2], "a", with: writer)
        try write([3, 4], "b", with: writer)
        #expect(try Array(Data(contentsOf: url)) == [9])
        try writer.finish()
        let file = try SafetensorsFile(url: url)
        #expect(try file.withBytes(of: "b") { Array($0) } == [3, 4])
        #expect(scratch.content == ["t.safetensors"])
    }

    @Test func leavesNothingWhenDropped() throws {
        let scratch = try Scratch()
        do {
            let writer = try SafetensorsWriter(url: scratch.url(), tensors: two)
            try write([1, 2], "a", with: writer)
            #expect(scratch.content.count == 1)
        }
        #expect(scratch.content == [])
    }

    @Test func refusesBytesThatWereNotDeclared() throws {
        let scratch = try Scratch()
        let cases: [([UInt8], String, String)] = [
            ([1], "a", #""a" has 1 bytes, declared 2"#),
            ([1, 2, 3], "a", #""a" has 3 bytes, declared 2"#),
            ([1, 2], "b", #""b" comes where "a" was declared"#),
        ]
        for (bytes, name, reason) in cases {
            let writer = try SafetensorsWriter(url: scratch.url(), tensors: two)
            #expect(
                checkpointError { try write(bytes, name, with: writer) }
                    == .unwritable(file: scratch.path(), reason: reason))
            #expect(scratch.content == [])
            #expect(
                checkpointError { try writer.finish() }
                    == .unwritable(
                        file: scratch.path(), reason: "the writer has already finished or failed"))
        }
    }

    @Test func refusesToFinishEarlyOrTwice() throws {
        let scratch = try Scratch()
        let early = try SafetensorsWriter(url: scratch.url(), tensors: two)
        try write([1, 2], "a", with: early)
        #expect(
            checkpointError { try early.finish() }
                == .unwritable(
                    file: scratch.path(), reason: #""b" was declared but never came"#))
        #expect(scratch.content == [])

        let writer = try SafetensorsWriter(url: scratch.url(), tensors: [])
        #expect(
            checkpointError { try write([], "c", with: writer) }
                == .unwritable(
                    file: scratch.path(), reason: #""c" comes after the last declared tensor"#))
    }

    @Test(arguments: [
        ([("a", [1]), ("a", [2])], #"the name "a" is taken twice"#),
        ([("__metadata__", [1])], #"the name "__metadata__" is taken twice"#),
        ([("a", [-1])], #""a" has no possible shape [-1]"#),
        (
            [("a", [1 << 40, 1 << 40])],
            #""a" has no possible shape [1099511627776, 1099511627776]"#
        ),
        (
            [("a", [1 << 62]), ("b", [1 << 62])],
            #""b" has no possible shape [4611686018427387904]"#
        ),
    ]) func refusesImpossibleDeclarations(tensors: [(String, [Int])], reason: String) throws {
        let scratch = try Scratch()
        let declarations = tensors.map {
            TensorDeclaration(name: $0.0, type: .uint8, shape: $0.1)
        }
        let error = checkpointError {
            _ = try SafetensorsWriter(url: scratch.url(), tensors: declarations)
        }
        #expect(error == .unwritable(file: scratch.path(), reason: reason))
        #expect(scratch.content == [])
    }

    /// No disk has room for an exabyte, so this refusal is real.
    @Test func refusesAtOnceWhatTheDiskCannotHold() throws {
        let scratch = try Scratch()
        let huge = TensorDeclaration(name: "a", type: .uint8, shape: [1 << 60])
        #expect(
            checkpointError { _ = try SafetensorsWriter(url: scratch.url(), tensors: [huge]) }
                == .diskFull(file: scratch.path()))
        #expect(scratch.content == [])
    }

    @Test func saysWhyItCannotWrite() throws {
        let scratch = try Scratch()
        let inNowhere = scratch.folder.appending(path: "no/t.safetensors")
        #expect(
            checkpointError { try SafetensorsWriter.write([], to: inNowhere) }
                == .unwritable(file: inNowhere.path, reason: "No such file or directory"))
        #expect(
            checkpointError { try SafetensorsWriter.write([], to: scratch.folder) }
                == .unwritable(
                    file: scratch.folder.path(percentEncoded: false),
                    reason: "it exists and is not a regular file"))
    }
}
