import Foundation
import TestSupport
import Testing
import Torch

@testable import Checkpoints

@Suite struct CheckpointConversionTests {
    static let fixtures = ["training.ckpt", "plain.pt", "layer.bin", "legacy.pth"]

    private func bytes(of name: String, in archive: any TensorArchive) throws -> [UInt8] {
        try archive.withBytes(of: name) { Array($0) }
    }

    /// Every tensor of every file that torch.save wrote, in every type.
    @Test(arguments: fixtures, [nil, StoredType.float32, .float16, .bfloat16])
    func convertsTensorByTensor(name: String, type: StoredType?) throws {
        let scratch = try Scratch()
        let original = try openCheckpoint(PyTorchFileTests.folder.appending(path: name))
        let report = try CheckpointConversion(of: original, type: type).write(to: scratch.folder)
        #expect(scratch.content == ["model.safetensors"])
        #expect(report.output == scratch.path("model.safetensors"))
        let file = try SafetensorsFile(url: scratch.url("model.safetensors"))
        #expect(file.metadata == ["format": "pt"])
        #expect(file.names == original.names && report.tensors == original.names.count)
        var converted = 0
        for name in original.names {
            let (old, new) = (
                try #require(original.entries[name]), try #require(file.entries[name])
            )
            let expected = old.type.dtype.isFloatingPoint ? type ?? old.type : old.type
            #expect(new.type == expected && new.shape == old.shape)
            #expect(new.byteRange.lowerBound.isMultiple(of: new.type.byteCount))
            #expect(
                try bytes(of: name, in: file)
                    == original.tensor(name).converted(to: expected.dtype).bytes(), "\(name)")
            if expected != old.type { converted += 1 }
        }
        #expect(report.converted == converted && report.renamed == 0 && report.nonFinite == [])
        #expect(report.outputBytes == file.entries.values.reduce(0) { $0 + $1.byteRange.count })
    }

    /// Half of the last digit goes to the even neighbour, and subnormal numbers stay.
    @Test func roundsToNearestEven() throws {
        let values: [Float] = [
            1 + 0x1p-11, 1 + 3 * 0x1p-11, 65519.996, 0x1p-24, 0x1p-25, -0.0, 1 + 0x1p-8,
            1 + 0x1.8p-7,
        ]
        func converted(_ type: StoredType) throws -> [UInt16] {
            var bits: [UInt16] = []
            let outcome = try values.withUnsafeBytes {
                try NumberConversion(from: .float32, to: type).convert($0) { result in
                    bits = result.bindMemory(to: UInt16.self).map { $0 }
                }
            }
            #expect(outcome == .finite)
            return bits
        }
        #expect(
            try converted(.float16)
                == [0x3C00, 0x3C02, 0x7BFF, 0x0001, 0, 0x8000, 0x3C04, 0x3C0C])
        #expect(
            try converted(.bfloat16)
                == [0x3F80, 0x3F80, 0x4780, 0x3380, 0x3300, 0x8000, 0x3F80, 0x3F82])
    }

    private func archive(
        _ tensors: [(String, StoredType, [Int], [UInt8])], in scratch: Scratch
    ) throws -> SafetensorsFile {
        try SafetensorsWriter.write(
            tensors.map { (name: $0.0, type: $0.1, shape: $0.2, bytes: $0.3) },
            to: scratch.url("input.safetensors"))
        return try SafetensorsFile(url: scratch.url("input.safetensors"))
    }

    private func floats(_ values: [Float]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

    @Test func refusesNumbersThatOverflow() throws {
        let scratch = try Scratch()
        let count = NumberConversion.blockLength + 5
        var values = [Float](repeating: 1, count: count)
        values[count - 2] = -65520
        let input = try archive([("a", .float32, [count], floats(values))], in: scratch)
        let folder = scratch.url("some/where")
        let error = checkpointError {
            _ = try CheckpointConversion(of: input, type: .float16).write(to: folder)
        }
        #expect(
            error
                == .overflow(
                    file: scratch.path("input.safetensors"), name: "a", index: count - 2,
                    type: .float16))
        #expect(error?.description.contains(#""a" has a number too large for float16"#) == true)
        #expect(error?.description.contains("bfloat16") == true)
        #expect(scratch.content == ["input.safetensors"])
        let report = try CheckpointConversion(of: input, type: .bfloat16).write(to: folder)
        let output = try SafetensorsArchive(url: folder)
        #expect(try bytes(of: "a", in: output).suffix(4) == [0x80, 0xC7, 0x80, 0x3F])
        #expect(report.outputBytes == 2 * count)
    }

    /// A mask of minus infinity is right; a number that becomes infinite beside it is not.
    @Test func infinityThatWasThereStays() throws {
        let scratch = try Scratch()
        var values: [Float] = [0, -.infinity, .nan, 1]
        var input = try archive([("mask", .float32, [4], floats(values))], in: scratch)
        for type in [nil, StoredType.float16] {
            let report = try CheckpointConversion(of: input, type: type)
                .write(to: scratch.folder, overwrites: true)
            #expect(report.nonFinite == ["mask"])
        }
        let output = try SafetensorsFile(url: scratch.url("model.safetensors"))
        #expect(try bytes(of: "mask", in: output).prefix(4) == [0, 0, 0, 0xFC])
        values[3] = 1e6
        input = try archive([("mask", .float32, [4], floats(values))], in: scratch)
        let error = checkpointError {
            _ = try CheckpointConversion(of: input, type: .float16)
                .write(to: scratch.folder, overwrites: true)
        }
        guard case .overflow(_, "mask", 3, .float16) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    private static let block = "decoder.mid_block.attentions.0"

    @Test func anAutoencoderGetsNewNames() throws {
        let scratch = try Scratch()
        let names = [
            "encoder.conv_in.weight", "decoder.conv_in.weight", "\(Self.block).query.weight",
            "\(Self.block).key.bias", "\(Self.block).value.weight", "\(Self.block).proj_attn.bias",
            "\(Self.block).group_norm.weight",
        ]
        let input = try archive(
            names.enumerated().map { ($1, .uint8, [1], [UInt8($0)]) }, in: scratch)
        let report = try CheckpointConversion(of: input).write(to: scratch.folder)
        #expect(report.contents == .autoencoder && report.renamed == 4)
        #expect(report.files == ["diffusion_pytorch_model.safetensors"])
        let output = try SafetensorsArchive(url: scratch.folder)
        let expected = [
            "encoder.conv_in.weight", "decoder.conv_in.weight", "\(Self.block).to_q.weight",
            "\(Self.block).to_k.bias", "\(Self.block).to_v.weight", "\(Self.block).to_out.0.bias",
            "\(Self.block).group_norm.weight",
        ]
        #expect(output.names == expected.sorted())
        for (number, name) in expected.enumerated() {
            #expect(try bytes(of: name, in: output) == [UInt8(number)])
        }
    }

    /// `streaming_t2v.ckpt` is loaded by its own names, also those of the autoencoder in it.
    @Test func aStreamingCheckpointKeepsItsNames() throws {
        let scratch = try Scratch()
        let names = [
            "base_model.cross_attention_merger_mid_block.temporal_transformer.norm.weight",
            "unet.conv_in.weight", "vae.\(Self.block).query.weight", "vae.encoder.conv_in.weight",
        ]
        let input = try archive(names.map { ($0, .uint8, [1], [1]) }, in: scratch)
        let report = try CheckpointConversion(of: input).write(to: scratch.folder)
        #expect(report.contents == .streaming && report.renamed == 0)
        #expect(report.files == ["model.safetensors"])
        #expect(try SafetensorsArchive(url: scratch.folder).names == names)
    }
}
