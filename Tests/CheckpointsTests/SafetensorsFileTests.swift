import Checkpoints
import Foundation
import TestSupport
import Testing

/// A header that is wrong in one way, and what has to be said about it.
private struct Fault: CustomTestStringConvertible {
    let header: String
    var dataLength = 8
    let reason: String
    var testDescription: String { reason }
}

private func tensor(_ dtype: String, _ shape: String, _ offsets: String) -> String {
    #"{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":\#(offsets)}"#
}

private let good = tensor("F32", "[2]", "[0,8]")

private let faults = [
    Fault(header: "", dataLength: 0, reason: "header byte 0: the header has to begin with '{'"),
    Fault(header: " {}", dataLength: 0, reason: "header byte 0: the header has to begin with '{'"),
    Fault(header: "[]", dataLength: 0, reason: "header byte 0: the header has to begin with '{'"),
    Fault(header: #"{"w":\#(good)"#, reason: "header byte 53: expected '}'"),
    Fault(header: #"{"w":\#(good)}x"#, reason: "header byte 54: text after the closing brace"),
    Fault(header: #"{"w":\#(good),}"#, reason: "header byte 54: expected a string"),
    Fault(
        header: #"{"w":\#(good),"w":\#(good)}"#,
        reason: #"header byte 54: the name "w" occurs twice"#),
    Fault(
        header: #"{"w":\#(good),"\u0077":\#(good)}"#,
        reason: #"header byte 54: the name "w" occurs twice"#),
    Fault(
        header: #"{"w":{"dtype":"F32","dtype":"F16","shape":[2],"data_offsets":[0,8]}}"#,
        reason: #"header byte 20: the name "dtype" occurs twice"#),
    Fault(
        header: #"{"__metadata__":{"a":"1","a":"2"},"w":\#(good)}"#,
        reason: #"header byte 25: the name "a" occurs twice"#),
    Fault(
        header: #"{"__metadata__":{"a":1},"w":\#(good)}"#,
        reason: "header byte 21: expected a string"),
    Fault(
        header: #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}"#,
        reason: #"header byte 57: unknown field "x" of "w""#),
    Fault(
        header: #"{"w":{"dtype":"F32","shape":[2]}}"#,
        reason: #""w" lacks dtype, shape or two data_offsets"#),
    Fault(
        header: #"{"w":\#(tensor("F32", "[2]", "[8]"))}"#,
        reason: #""w" lacks dtype, shape or two data_offsets"#),
    Fault(
        header: #"{"w":\#(tensor("F32", "[2]", "[0,4,8]"))}"#,
        reason: "header byte 52: more than 2 numbers"),
    Fault(
        header: #"{"w":\#(tensor("F32", "[-2]", "[0,8]"))}"#,
        reason: "header byte 29: a size is negative"),
    Fault(
        header: #"{"w":\#(tensor("F32", "[2.0]", "[0,8]"))}"#,
        reason: "header byte 30: a size is not written as a whole number"),
    Fault(
        header: #"{"w":\#(tensor("F32", "[2e0]", "[0,8]"))}"#,
        reason: "header byte 30: a size is not written as a whole number"),
    Fault(
        header: #"{"w":\#(tensor("F32", "[02]", "[0,8]"))}"#,
        reason: "header byte 29: a number begins with 0"),
    Fault(
        header: #"{"w":\#(tensor("F32", "[9223372036854775808]", "[0,8]"))}"#,
        reason: "header byte 29: a number exceeds 63 bits"),
    Fault(
        header: #"{"w":\#(tensor("F32", "[4294967296,4294967296]", "[0,8]"))}"#,
        reason: #"the byte count of "w" [4294967296, 4294967296] exceeds 63 bits"#),
    Fault(
        header: #"{"w":\#(tensor("F32", "[0,4294967296,4294967296]", "[0,0]"))}"#, dataLength: 0,
        reason: #"the byte count of "w" [0, 4294967296, 4294967296] exceeds 63 bits"#),
    Fault(
        header: #"{"w":\#(tensor("F32", "[2]", "[8,0]"))}"#,
        reason: #""w" claims data bytes 8 to 0 of 8"#),
    Fault(
        header: #"{"w":\#(tensor("F32", "[2]", "[4,12]"))}"#,
        reason: #""w" claims data bytes 4 to 12 of 8"#),
    Fault(
        header: #"{"w":\#(tensor("F32", "[3]", "[0,8]"))}"#,
        reason: #""w" [3] of type F32 needs 12 bytes, its offsets give 8"#),
    Fault(
        header: #"{"v":\#(tensor("U8", "[2]", "[0,2]")),"w":\#(tensor("U8", "[4]", "[4,8]"))}"#,
        reason: #"no tensor covers data bytes 2 to 4, before "w""#),
    Fault(
        header: #"{"w":\#(tensor("F32", "[1]", "[4,8]"))}"#,
        reason: #"no tensor covers data bytes 0 to 4, before "w""#),
    Fault(
        header: #"{"w":\#(tensor("F32", "[1]", "[0,4]"))}"#,
        reason: "the tensors end at data byte 4, the data at 8"),
    Fault(header: "{}", reason: "the tensors end at data byte 0, the data at 8"),
    Fault(
        header: #"{"w\#n":\#(good)}"#,
        reason: "header byte 4: a string holds a bare control character"
    ),
    Fault(header: #"{"w\x":\#(good)}"#, reason: "header byte 5: unknown escape in a string"),
    Fault(
        header: #"{"\ud800":\#(good)}"#,
        reason: "header byte 9: half of a surrogate pair in a string"
    ),
    Fault(header: #"{"\udc00":1}"#, reason: "header byte 8: half of a surrogate pair in a string"),
    Fault(header: #"{"\u00g0":1}"#, reason: "header byte 7: expected a hexadecimal digit"),
    Fault(header: #"{"w"#, reason: "header byte 3: the text ends inside a value"),
]

@Suite struct SafetensorsFileTests {
    @Test(arguments: faults) private func saysWhatIsCorrupt(fault: Fault) throws {
        let scratch = try Scratch()
        let url = try scratch.put(header: fault.header, dataLength: fault.dataLength)
        let error = checkpointError { _ = try SafetensorsFile(url: url) }
        #expect(error == .corrupt(file: url.path, reason: fault.reason))
    }

    @Test func acceptsTheHeaderThatTheFaultsVary() throws {
        let scratch = try Scratch()
        let file = try SafetensorsFile(url: scratch.put(header: #"{"w":\#(good)}"#, dataLength: 8))
        #expect(file.entries["w"]?.shape == [2])
    }

    @Test func refusesInvalidUTF8() throws {
        let scratch = try Scratch()
        for bad: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82]] {
            let header = Array("{\"".utf8) + bad + Array("\":\(good)}".utf8)
            let url = try scratch.put(handmade(header: header, dataLength: 8))
            let error = checkpointError { _ = try SafetensorsFile(url: url) }
            let reason = "header byte 2: a string is not valid UTF-8"
            #expect(error == .corrupt(file: url.path, reason: reason))
        }
    }

    @Test(arguments: [0, 1, 7]) func refusesFilesWithoutLength(count: Int) throws {
        let scratch = try Scratch()
        let url = try scratch.put([UInt8](repeating: 0, count: count))
        let reason = "\(count) bytes are too few for a safetensors file"
        #expect(
            checkpointError { _ = try SafetensorsFile(url: url) }
                == .corrupt(file: url.path, reason: reason))
    }

    @Test func refusesHeadersThatAreTooLong() throws {
        let scratch = try Scratch()
        var url = try scratch.put([0x01, 0xE1, 0xF5, 0x05, 0, 0, 0, 0] + Array("{}".utf8))
        #expect(
            checkpointError { _ = try SafetensorsFile(url: url) }
                == .headerTooLarge(file: url.path, length: 100_000_001, limit: 100_000_000))
        url = try scratch.put([UInt8](repeating: 0xFF, count: 8) + Array("{}".utf8))
        #expect(
            checkpointError { _ = try SafetensorsFile(url: url) }
                == .headerTooLarge(file: url.path, length: .max, limit: 100_000_000))
        url = try scratch.put([3, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8))
        #expect(
            checkpointError { _ = try SafetensorsFile(url: url) }
                == .headerPastEnd(file: url.path, headerLength: 3, fileLength: 10))
    }

    @Test func refusesOverlaps() throws {
        let scratch = try Scratch()
        let header =
            #"{"v":\#(tensor("U8", "[6]", "[0,6]")),"w":\#(tensor("U8", "[4]", "[4,8]"))}"#
        let url = try scratch.put(header: header, dataLength: 8)
        #expect(
            checkpointError { _ = try SafetensorsFile(url: url) }
                == .overlapping(file: url.path, name: "w", other: "v"))
    }

    @Test(arguments: ["F8_E4M3", "U16", "f32", "", "C64"]) func refusesTypes(type: String) throws {
        let scratch = try Scratch()
        let url = try scratch.put(
            header: #"{"w":\#(tensor(type, "[2]", "[0,8]"))}"#, dataLength: 8)
        #expect(
            checkpointError { _ = try SafetensorsFile(url: url) }
                == .unknownType(file: url.path, name: "w", type: type))
    }

    @Test func refusesMoreDimensionsThanTensorsCanHave() throws {
        let scratch = try Scratch()
        for (rank, isFine) in [(64, true), (65, false)] {
            let shape = "[" + Array(repeating: "1", count: rank).joined(separator: ",") + "]"
            let url = try scratch.put(
                header: #"{"w":\#(tensor("U8", shape, "[0,1]"))}"#, dataLength: 1)
            #expect((checkpointError { _ = try SafetensorsFile(url: url) } == nil) == isFine)
        }
    }

    @Test func saysWhyAPathCannotBeRead() throws {
        let scratch = try Scratch()
        #expect(
            checkpointError { _ = try SafetensorsFile(url: scratch.url("no")) }
                == .notFound(file: scratch.path("no")))
        #expect(
            checkpointError { _ = try SafetensorsFile(url: scratch.folder) }
                == .unreadable(
                    file: scratch.folder.path(percentEncoded: false), reason: "not a regular file"))
    }

    @Test func findsValuesThatAreNotFinite() throws {
        let scratch = try Scratch()
        try SafetensorsWriter.write(
            [
                ("good", .float16, [2], [0, 0x3C, 0, 0xBC]),
                ("bad", .float16, [2], [0, 0, 0, 0x7C]),
            ],
            to: scratch.url())
        let file = try SafetensorsFile(url: scratch.url())
        #expect(checkpointError { try file.requireFinite("good") } == nil)
        #expect(
            checkpointError { try file.requireFinite("bad") }
                == .nonFinite(file: scratch.path(), name: "bad", index: 1))
    }
}
