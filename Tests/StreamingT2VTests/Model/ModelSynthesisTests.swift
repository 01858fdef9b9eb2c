import Checkpoints
import Foundation
import StreamingT2V
import TestSupport
import Testing
import Torch

@Suite struct ModelSynthesisTests {
    /// The release's counts, which its own classes gave.
    @Test func releasedSizesAreTheReleases() {
        let synthesis = ModelSynthesis(size: .released, type: .bfloat16, seed: 0)
        #expect(
            synthesis.parameterCounts == [
                .unet: 1_411_233_860, .vae: 83_653_863, .textEncoder: 340_387_840,
                .imageEncoder: 632_076_800, .streaming: 3_232_602_140,
            ])
        let names = synthesis.declarations(of: .streaming).map(\.name)
        func count(_ part: StreamingCheckpoint.Part) -> Int {
            names.count { $0.hasPrefix(part.rawValue + ".") }
        }
        #expect(
            StreamingCheckpoint.Part.allCases.map(count) == [1703, 682, 4, 398, 372, 248])
        #expect(names.count == 3407)
        #expect(synthesis.byteCount == 2 * synthesis.parameterCounts.values.reduce(0, +))
    }

    /// The same seed gives the same values in every file; another type rounds them, another seed changes them.
    @Test func valuesDependOnSeedAndNameAlone() throws {
        let scratch = try Scratch()
        func file(_ name: String, _ type: StoredType, _ seed: UInt64) throws -> any TensorArchive {
            let url = scratch.folder.appending(path: name)
            try ModelSynthesis(size: .tiny, type: type, seed: seed).write(to: url)
            return try openCheckpoint(url.appending(path: "unet"))
        }
        let name = "down_blocks.0.resnets.0.conv1.weight"
        let usual = try openCheckpoint(SynthesizedModel.folder().folder(.unet))
        let half = try file("half", .bfloat16, 3)
        let other = try file("other", .float32, 4)
        let values = try usual.tensor(name)
        #expect(half.entries[name]?.type == .bfloat16)
        #expect(
            try half.tensor(name).values(as: Float.self)
                == values.converted(to: .bfloat16).values(as: Float.self))
        #expect(try other.tensor(name).values(as: Float.self) != values.values(as: Float.self))
        // Uniform in ±1/√(32 · 9).
        let largest = try values.absolute().maximum().item()
        #expect(largest > 0.055 && largest <= 1 / 288.0.squareRoot())
    }

    /// What training starts from zero acts.
    @Test func layersThatStartAtZeroAct() throws {
        let archive = try openCheckpoint(SynthesizedModel.folder().folder(.streaming))
        let merger =
            "base_model.cross_attention_merger_mid_block.temporal_transformer.proj_out.weight"
        let values = try archive.tensor(merger)
        let deviation = try (values * values).mean([0, 1]).item().squareRoot()
        #expect(abs(deviation - 0.02) < 0.002)
        let alphas = archive.names.filter { $0.hasSuffix(".alpha") }
        #expect(alphas.count == 4)
        for name in alphas { #expect(try archive.tensor(name).item() == 0.5) }
    }

    @Test func nothingIsOverwritten() throws {
        let scratch = try Scratch()
        try Data("x".utf8).write(to: scratch.folder.appending(path: "note"))
        let synthesis = ModelSynthesis(size: .tiny, type: .float32, seed: 0)
        #expect(throws: CheckpointError.self) { try synthesis.write(to: scratch.folder) }
        #expect(throws: CheckpointError.self) {
            try synthesis.write(to: scratch.folder.appending(path: "note"))
        }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path) == ["note"])
    }
}
