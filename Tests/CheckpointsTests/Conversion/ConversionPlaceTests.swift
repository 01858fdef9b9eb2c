import Foundation
import TestSupport
import Testing

@testable import Checkpoints

/// Where the files of a conversion go: shards, older checkpoints, refusals.
@Suite struct ConversionPlaceTests {
    private let index = "model.safetensors.index.json"

    private func shard(_ number: Int, of count: Int) -> String {
        "model-0000\(number)-of-0000\(count).safetensors"
    }

    /// Tensors `a` to `e` of 4, 4, 4, 10 and 1 bytes.
    private func input(_ scratch: Scratch) throws -> SafetensorsFile {
        let url = scratch.url("input.safetensors")
        try SafetensorsWriter.write(
            [
                ("a", .float32, [1], [0, 0, 0x80, 0x3F]), ("b", .float32, [1], [0, 0, 0, 0x40]),
                ("c", .int32, [1], [1, 2, 3, 4]),
                ("d", .uint8, [10], [UInt8](0..<10)), ("e", .uint8, [1], [9]),
            ], to: url)
        return try SafetensorsFile(url: url)
    }

    @Test func shardsAreReadBack() throws {
        let scratch = try Scratch()
        let input = try input(scratch)
        let conversion = CheckpointConversion(of: input, shardByteCount: 8)
        let folder = scratch.url("out")
        var steps: [Int] = []
        let report = try conversion.write(to: folder) { steps.append($0) }
        #expect(steps == [4, 8, 12, 22, 23])
        let names = (1...4).map { shard($0, of: 4) } + [index]
        #expect(report.files == names && report.output == folder.path + "/" + index)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
                == names.sorted())
        let output = try SafetensorsArchive(url: folder)
        #expect(output.files.map(\.names) == [["a", "b"], ["c"], ["d"], ["e"]])
        for name in input.names {
            #expect(
                try output.withBytes(of: name) { Array($0) }
                    == input.withBytes(of: name) { Array($0) })
        }
        let text = try Data(contentsOf: folder.appending(path: index))
        let json = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
        #expect(json["metadata"] as? [String: Int] == ["total_size": 23])
        #expect((json["weight_map"] as? [String: String])?["c"] == shard(2, of: 4))
        // The size is that of the output: in float16 the first three tensors fit into one file.
        #expect(
            CheckpointConversion(of: input, type: .float16, shardByteCount: 8).files[0].items.count
                == 3)
        #expect(CheckpointConversion(of: input, shardByteCount: 23).fileNames.count == 1)
    }

    @Test func nothingIsReplacedUnasked() throws {
        let scratch = try Scratch()
        let input = try input(scratch)
        let whole = CheckpointConversion(of: input)
        let parts = CheckpointConversion(of: input, shardByteCount: 12)
        _ = try whole.write(to: scratch.folder)
        for conversion in [whole, parts] {
            #expect(
                checkpointError { _ = try conversion.write(to: scratch.folder) }
                    == .outputExists(file: scratch.path("model.safetensors")))
        }
        // The older files go, whatever form they have.
        let others = ["input.safetensors", "model-1-of-2.safetensors"]
        _ = try scratch.put([], others[1])
        for _ in 0..<2 {
            _ = try parts.write(to: scratch.folder, overwrites: true)
            #expect(
                scratch.content
                    == ([shard(1, of: 2), shard(2, of: 2), index] + others).sorted())
            #expect(try SafetensorsArchive(url: scratch.folder).names == input.names)
        }
        #expect(
            checkpointError { _ = try whole.write(to: scratch.folder) }
                == .outputExists(file: scratch.path(shard(1, of: 2))))
        _ = try whole.write(to: scratch.folder, overwrites: true)
        #expect(scratch.content == (["model.safetensors"] + others).sorted())
    }

    /// The input may be what is replaced.
    @Test func convertsInPlace() throws {
        let scratch = try Scratch()
        _ = try CheckpointConversion(of: input(scratch), shardByteCount: 12).write(
            to: scratch.folder)
        let old = try SafetensorsArchive(url: scratch.folder)
        _ = try CheckpointConversion(of: old, type: .bfloat16)
            .write(to: scratch.folder, overwrites: true)
        #expect(scratch.content == ["input.safetensors", "model.safetensors"])
        let new = try SafetensorsArchive(url: scratch.folder)
        #expect(try new.withBytes(of: "b") { Array($0) } == [0, 0x40])
        #expect(try new.withBytes(of: "d") { Array($0) } == [UInt8](0..<10))
    }

    @Test func aPartOfACheckpointDoesNotReplaceTheWhole() throws {
        let scratch = try Scratch()
        _ = try CheckpointConversion(of: input(scratch), shardByteCount: 12).write(
            to: scratch.folder)
        let before = scratch.content
        let part = try openCheckpoint(scratch.url(shard(1, of: 2)))
        let error = checkpointError {
            _ = try CheckpointConversion(of: part).write(to: scratch.folder, overwrites: true)
        }
        #expect(error?.description.contains("is a part of the checkpoint there") == true)
        #expect(scratch.content == before)
    }

    @Test(arguments: [
        "diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.safetensors.index.json",
    ]) func twoCheckpointsInOneFolderAreRefused(name: String) throws {
        let scratch = try Scratch()
        let input = try input(scratch)
        _ = try scratch.put([1], name)
        let error = checkpointError {
            _ = try CheckpointConversion(of: input).write(to: scratch.folder, overwrites: true)
        }
        #expect(
            error
                == .unwritable(
                    file: scratch.path("model.safetensors"),
                    reason:
                        #""\#(name)" is in the same folder, and one folder can hold only one checkpoint"#
                ))
    }

    @Test func saysWhyItCannotWrite() throws {
        let scratch = try Scratch()
        let input = try input(scratch)
        let file = try scratch.put([1], "file")
        for folder in [file, file.appending(path: "inside")] {
            guard
                case .unwritable = checkpointError({
                    _ = try CheckpointConversion(of: input).write(to: folder)
                })
            else {
                Issue.record("\(folder.path) was taken")
                continue
            }
        }
        try FileManager.default.createDirectory(
            at: scratch.url("model.safetensors"), withIntermediateDirectories: false)
        #expect(
            checkpointError {
                _ = try CheckpointConversion(of: input).write(to: scratch.folder, overwrites: true)
            }
                == .unwritable(
                    file: scratch.path("model.safetensors"),
                    reason: "something else than a file is there"))
        #expect(scratch.content == ["file", "input.safetensors", "model.safetensors"])
    }

    /// No disk has room for an exabyte; nothing is made before that is known.
    @Test func refusesAtOnceWhatTheDiskCannotHold() throws {
        let scratch = try Scratch()
        let huge = HugeArchive(url: scratch.url("huge.pt"))
        #expect(
            checkpointError {
                _ = try CheckpointConversion(of: huge, shardByteCount: 1 << 57)
                    .write(to: scratch.url("out"))
            } == .diskFull(file: scratch.path("out/model.safetensors")))
        #expect(scratch.content == [])
    }

    @Test func leavesNothingWhenCancelled() async throws {
        let scratch = try Scratch()
        let input = try input(scratch)
        let folder = scratch.url("a/b")
        let task = Task {
            try CheckpointConversion(of: input, shardByteCount: 4).write(to: folder) { done in
                if done >= 8 { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        #expect(scratch.content == ["input.safetensors"])
    }
}

/// Eight tensors of 2⁵⁷ bytes, whose numbers nobody may ask for.
private struct HugeArchive: TensorArchive {
    let url: URL
    let format = "none"
    let names = (0..<8).map(String.init)

    var entries: [String: CheckpointEntry] {
        Dictionary(
            uniqueKeysWithValues: names.map {
                (
                    $0,
                    CheckpointEntry(
                        name: $0, type: .uint8, shape: [1 << 57], byteRange: 0..<1 << 57)
                )
            })
    }

    func fileHashes() -> [(name: String, hash: String)] { [] }

    func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        throw CheckpointError.noSuchTensor(file: url.path, name: name)
    }

    func releaseMemory(of name: String) throws(CheckpointError) {}
}
