import Foundation
import TestSupport
import Testing

/// `synthesize`, and `generate` with the pieces that it made.
@Suite struct SynthesizeTests {
    /// A model in pieces, by path or by its name in the hub's cache, makes the same frames as its folder.
    @Test func piecesAndNamesMakeTheSameVideo() async throws {
        let folder = try Scratch()
        // A repository in the cache, as it is after a download.
        let commit = String(repeating: "a", count: 40)
        let repository = "hub/models--some--model"
        let model = folder.path("\(repository)/snapshots/\(commit)")
        let refs = folder.path("\(repository)/refs")
        try FileManager.default.createDirectory(atPath: refs, withIntermediateDirectories: true)
        try folder.put(commit, "\(repository)/refs/main")
        let made = try await CommandLineTool.run([
            "synthesize", model, "--size", "tiny", "--dtype", "float32", "--seed", "4",
        ])
        #expect(made.status == 0, "\(made.errors)")
        #expect(made.output == model + "\n")

        func frames(_ name: String, _ arguments: [String]) async throws -> [Data] {
            let output = folder.path(name)
            let result = try await CommandLineTool.run(
                ["generate", "a red ball", "--seed", "5", "--frames", "20", "--steps", "1"]
                    + arguments + ["--output", output + "/"],
                environment: ["HF_HUB_CACHE": folder.path("hub")])
            #expect(result.status == 0, "\(result.errors)")
            return try FileManager.default.contentsOfDirectory(atPath: output).sorted().map {
                try Data(contentsOf: URL(fileURLWithPath: "\(output)/\($0)"))
            }
        }
        let whole = try await frames("whole", ["--model", model])
        #expect(whole.count == 20)
        #expect(try await frames("named", ["--model", "some/model", "--offload"]) == whole)
        #expect(
            try await frames(
                "pieces",
                [
                    "--base", "some/model", "--streaming-checkpoint",
                    "\(model)/streaming/model.safetensors", "--vae", "\(model)/vae",
                    "--text-encoder", "\(model)/text_encoder/model.safetensors",
                    "--tokenizer", "\(model)/tokenizer", "--image-encoder", model,
                ]) == whole)
        // The manifest says where the pieces were.
        let manifest = try #require(
            JSONSerialization.jsonObject(
                with: Data(contentsOf: URL(fileURLWithPath: folder.path("pieces.json"))))
                as? [String: Any])
        let pieces = try #require(manifest["pieces"] as? [String: String])
        #expect(pieces["vae"] == "\(model)/vae" && pieces.count == 5)
        #expect((manifest["peak_memory"] as? Int ?? 0) > 50 << 20)
    }

    @Test func refusesWhatCannotBe() async throws {
        let folder = try Scratch()
        let output = folder.path("x.mp4")
        try await expectFailure(
            66, "some/none", "--vae", "streamingt2v download",
            running: ["generate", "a", "--output", output, "--vae", "some/none"])
        try await expectFailure(
            64, "--base", "--model",
            running: ["generate", "a", "--output", output, "--model", "/", "--base", "/"])
        try await expectFailure(
            66, "not complete", running: ["generate", "a", "--output", output, "--vae", "/"])
        try folder.put("x", "note")
        try await expectFailure(
            73, "something is there", running: ["synthesize", folder.folder.path, "--size", "tiny"])
        #expect(folder.content == ["note"])
    }
}
