import Checkpoints
import Foundation
import TestSupport
import Testing

/// `inspect`.
@Suite struct InspectTests {
    private static let fixtures = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/checkpoints").path

    @Test func describesATrainingCheckpoint() async throws {
        let result = try await CommandLineTool.run(["inspect", Self.fixtures + "/training.ckpt"])
        #expect(result.status == 0 && result.errors == "")
        #expect(result.output.contains("PyTorch (zip)"))
        #expect(result.output.contains("not recognised"))
        #expect(
            result.output.contains("tensors     14 (1 BF16, 1 BOOL, 1 F16, 5 F32, 1 F64, 1 I16"))
        #expect(result.output.contains("transposed  1 tensor, 24 parameters"))
        let listed = try await CommandLineTool.run([
            "inspect", Self.fixtures + "/training.ckpt", "--tensors",
        ])
        #expect(listed.output.contains("transposed  [6, 4]  F32"))
        #expect(listed.output.contains("half  [3]  F16"))
    }

    /// A folder whose parts have tensors of these names.
    private func modelFolder(_ parts: [(name: String, tensors: [String])]) throws -> Scratch {
        let folder = try Scratch()
        for (part, names) in parts {
            let url = URL(fileURLWithPath: folder.path(part))
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            try SafetensorsWriter.write(
                names.map { ($0, .float16, [2], [0, 0, 0, 0]) },
                to: url.appending(path: "diffusion_pytorch_model.safetensors"))
        }
        return folder
    }

    @Test func goesThroughAModelFolder() async throws {
        let folder = try modelFolder([
            ("vae", ["encoder.conv_in.weight", "decoder.conv_in.weight"]),
            ("unet", ["conv_in.weight", "time_embedding.linear_1.weight"]),
        ])
        let result = try await CommandLineTool.run(["inspect", folder.path(""), "--json"])
        #expect(result.status == 0)
        let reports = try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
        #expect(reports.map { $0["contents"] as? String } == ["image_unet", "autoencoder"])
        #expect(reports.map { $0["parameters"] as? Int } == [4, 4])
        #expect(reports.map { $0["bytes"] as? Int } == [8, 8])
        #expect((reports[0]["types"] as? [String: Int]) == ["F16": 2])
        #expect((reports[0]["tensors"] as? [[String: Any]])?.count == 2)
    }

    /// The end of a decoder is known, be the model or the enhancer's folder asked for; so is what it becomes in a copy.
    @Test func goesThroughAnEnhancer() async throws {
        let folder = try modelFolder([
            (
                "enhancer",
                ["input_blocks.0.0.weight", "middle_block.0.temopral_conv.conv1.0.weight"]
            ),
            ("enhancer/vae", ["decoder.conv_out.weight", "decoder.conv_out.bias"]),
        ])
        for path in ["", "enhancer"] {
            let result = try await CommandLineTool.run(["inspect", folder.path(path), "--json"])
            #expect(result.status == 0, "\(result.errors)")
            let reports = try #require(
                try JSONSerialization.jsonObject(with: Data(result.output.utf8))
                    as? [[String: Any]])
            #expect(
                reports.map { $0["contents"] as? String } == ["enhancer_unet", "decoder_end"],
                "\(path)")
        }
        let copy = folder.path("copy")
        let converted = try await CommandLineTool.run([
            "convert", folder.path("enhancer/vae"), "--output", copy,
        ])
        #expect(converted.status == 0, "\(converted.errors)")
        #expect(
            FileManager.default.fileExists(
                atPath: copy + "/diffusion_pytorch_model.safetensors"))
    }

    @Test func refusesWhatIsNoCheckpoint() async throws {
        let folder = try Scratch()
        let text = try folder.put("no weights", "x.bin")
        try await expectFailure(65, text, running: ["inspect", text])
        try await expectFailure(66, "none.pt", running: ["inspect", folder.path("none.pt")])
        let pickle = try folder.put("PK\u{3}\u{4} and nothing else", "x.pt")
        try await expectFailure(65, "cut short", running: ["inspect", pickle])
    }
}
