import Checkpoints
import Foundation
import StreamingT2V
import TestSupport
import Testing
import VideoIO

/// A model whose parts are spread over several files each, as `convert` makes them.
@Suite struct ShardedWeightsTests {
    @Test func generatesWhatTheWholeFilesGenerate() async throws {
        let scratch = try Scratch()
        let folder = try SharedModel.copy(to: scratch)
        let whole = try await VideoGenerator(model: folder).frames(.tiny())
        for component in WeightErrorTests.components {
            let file = folder.weights(component)
            let conversion = try CheckpointConversion(
                of: openCheckpoint(file), shardByteCount: 1000)
            let index = file.lastPathComponent + ".index.json"
            #expect(conversion.fileNames.count > 2 && conversion.fileNames.last == index)
            _ = try conversion.write(to: folder.folder(component), overwrites: true)
            #expect(!FileManager.default.fileExists(atPath: file.path))
            #expect(folder.weights(component).lastPathComponent == index)
        }
        let sharded = try await VideoGenerator(model: folder).frames(.tiny())
        #expect(!whole.isEmpty && sharded.map(\.pixels) == whole.map(\.pixels))
    }

    /// Saving puts one file beside the shards, and that file counts.
    @Test func savedWeightsGoBeforeShards() throws {
        let scratch = try Scratch()
        let folder = try SharedModel.copy(to: scratch)
        let file = folder.weights(.vae)
        let archive = try SafetensorsArchive(url: file)
        _ = try CheckpointConversion(of: archive, shardByteCount: 1000)
            .write(to: folder.folder(.vae), overwrites: true)
        try folder.save([("a", archive.tensor(archive.names[0]))], of: .vae)
        #expect(folder.weights(.vae) == file)
        #expect(try SafetensorsArchive(url: folder.weights(.vae)).names == ["a"])
    }
}
