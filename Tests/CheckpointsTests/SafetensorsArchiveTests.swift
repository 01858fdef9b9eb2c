import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite struct SafetensorsArchiveTests {
    private let indexName = "diffusion_pytorch_model.safetensors.index.json"

    /// Writes two shards with the tensors `a`, `b` and `c`.
    private func shards(in scratch: Scratch) throws {
        try SafetensorsWriter.write(
            [("a", .uint8, [1], [1]), ("b", .uint8, [1], [2])], to: scratch.url("1.safetensors"))
        try SafetensorsWriter.write([("c", .uint8, [1], [3])], to: scratch.url("2.safetensors"))
    }

    private func index(_ map: String) -> [UInt8] {
        Array(#"{"metadata":{"total_size":3,"x":[{"y":null},-1.5e3]},"weight_map":\#(map)}"#.utf8)
    }

    private let goodMap = #"{"a":"1.safetensors","b":"1.safetensors","c":"2.safetensors"}"#

    @Test func joinsShards() throws {
        let scratch = try Scratch()
        try shards(in: scratch)
        let url = try scratch.put(index(goodMap), indexName)
        for archive in [
            try SafetensorsArchive(url: url), try SafetensorsArchive(url: scratch.folder),
        ] {
            #expect(archive.names == ["a", "b", "c"])
            #expect(archive.files.count == 2)
            #expect(try archive.names.map { try archive.withBytes(of: $0) { $0[0] } } == [1, 2, 3])
            #expect(
                checkpointError { try archive.withBytes(of: "d") { _ in } }
                    == .noSuchTensor(file: url.path, name: "d"))
        }
    }

    @Test(arguments: ["model.safetensors", "diffusion_pytorch_model.safetensors"])
    func findsTheUsualFile(name: String) throws {
        let scratch = try Scratch()
        try shards(in: scratch)
        try SafetensorsWriter.write([("w", .uint8, [1], [7])], to: scratch.url(name))
        _ = try scratch.put(index(goodMap), indexName)
        let archive = try SafetensorsArchive(url: scratch.folder)
        #expect(archive.names == ["w"])
        #expect(archive.url.lastPathComponent == name)
    }

    @Test func refusesToGuess() throws {
        let scratch = try Scratch()
        let folder = scratch.folder.path(percentEncoded: false)
        #expect(
            checkpointError { _ = try SafetensorsArchive(url: scratch.folder) }
                == .notFound(file: folder))
        let names = ["x.safetensors.index.json", "y.safetensors.index.json"]
        for name in names { _ = try scratch.put([], name) }
        #expect(
            checkpointError { _ = try SafetensorsArchive(url: scratch.folder) }
                == .ambiguous(file: folder, candidates: names))
    }

    @Test func namesTheMissingShard() throws {
        let scratch = try Scratch()
        try shards(in: scratch)
        try FileManager.default.removeItem(at: scratch.url("2.safetensors"))
        let url = try scratch.put(index(goodMap), indexName)
        #expect(
            checkpointError { _ = try SafetensorsArchive(url: url) }
                == .missingShard(file: url.path, shard: "2.safetensors"))
    }

    @Test(arguments: [
        (
            #"{"a":"1.safetensors","b":"2.safetensors","c":"2.safetensors"}"#,
            #"1.safetensors holds "b", which the index places in "2.safetensors""#
        ),
        (
            #"{"a":"1.safetensors","c":"2.safetensors"}"#,
            #"1.safetensors holds "b", which the index places nowhere"#
        ),
        (
            #"{"a":"1.safetensors","b":"1.safetensors","c":"2.safetensors","d":"2.safetensors"}"#,
            #""2.safetensors" lacks "d", which the index promises"#
        ),
        (
            #"{"a":"1.safetensors","a":"2.safetensors"}"#,
            #"byte 87: the name "a" occurs twice"#
        ),
    ]) func refusesAnIndexThatDisagrees(map: String, reason: String) throws {
        let scratch = try Scratch()
        try shards(in: scratch)
        let url = try scratch.put(index(map), indexName)
        #expect(
            checkpointError { _ = try SafetensorsArchive(url: url) }
                == .corrupt(file: url.path, reason: reason))
    }

    @Test(arguments: [
        "../1.safetensors", "/etc/1.safetensors", "x/1.safetensors", "..safetensors", "passwd",
        #"x\\1.safetensors"#, #"\u00001.safetensors"#,
    ]) func refusesFileNamesThatLeadAway(name: String) throws {
        let scratch = try Scratch()
        let url = try scratch.put(index(#"{"a":"\#(name)"}"#), indexName)
        guard
            case .corrupt(_, let reason) = checkpointError({ _ = try CheckpointIndex(url: url) })
        else {
            Issue.record("\(name) was taken")
            return
        }
        #expect(reason.hasSuffix("is not the name of a file in this folder"))
    }

    @Test func refusesAnIndexThatIsNone() throws {
        let scratch = try Scratch()
        let deep = String(repeating: "[", count: 100_000)
        for (text, reason) in [
            ("{}", "byte 2: there is no weight_map"),
            ("", "byte 0: expected '{'"),
            (#"{"x":tru}"#, "byte 5: expected a value"),
            (#"{"x":01}"#, "byte 6: expected '}'"),
            (#"{"x":[1,]}"#, "byte 8: expected a value"),
            (#"{"x":{"y"}}"#, "byte 9: expected ':'"),
            (#"{"x":\#(deep)"#, "byte 69: values are nested deeper than 64"),
        ] {
            let url = try scratch.put(Array(text.utf8), indexName)
            #expect(
                checkpointError { _ = try CheckpointIndex(url: url) }
                    == .corrupt(file: url.path, reason: reason))
        }
    }
}
