import Foundation
import TestSupport
import Testing

/// `streamingt2v train`.
@Suite struct TrainTests {
    @Test func showsProgressAndEndsWithTheModel() async throws {
        let model = try await TinyModel.shared
        #expect(model.output == model.path + "\n")
        let lines = model.errors.split(separator: "\n")
        let stages = [
            "autoencoder", "clip", "frames", "chunks", "cam", "apm", "distillation", "enhancer",
        ]
        #expect(lines.count == stages.count)
        for (line, stage) in zip(lines, stages) {
            #expect(line.hasPrefix(stage + "  "))
            #expect(line.contains("  2/2  loss ") && line.contains(" clips/s  0:00 left  "))
        }
        #expect(lines.first?.contains("  psnr ") == true)
        #expect(lines.last?.contains("  validation_loss ") == true)
    }

    /// Killed without warning, continued, and the result is that of a run in one go.
    @Test func continuesAfterAKill() async throws {
        let folder = try Scratch()
        let recipe = try folder.put(
            TinyModel.recipe(["clip"], steps: 60, checkpointEvery: 9), "recipe.json")
        func arguments(_ name: String) -> [String] {
            ["train", "--recipe", recipe, "--output", folder.path(name)]
        }
        let straight = try await CommandLineTool.run(arguments("a"))
        #expect(straight.status == 0)
        let killed = try CommandLineTool.start(arguments("b"))
        let checkpoint = "/clip/checkpoint.safetensors"
        let hasCheckpoint = try await wait {
            FileManager.default.fileExists(atPath: folder.path("b") + checkpoint)
        }
        killed.send(SIGKILL)
        let end = await killed.result()
        #expect(hasCheckpoint && end.wasKilled)
        let continued = try await CommandLineTool.run(arguments("b"))
        #expect(continued.status == 0 && continued.output == folder.path("b/model") + "\n")
        #expect(continued.errors.contains("60/60"))
        for file in ["image_encoder/model.safetensors", "text_encoder/model.safetensors"] {
            #expect(
                try Data(contentsOf: URL(fileURLWithPath: folder.path("a/model/" + file)))
                    == Data(contentsOf: URL(fileURLWithPath: folder.path("b/model/" + file))))
        }
    }

    /// Ctrl-C keeps what was learned, in whichever stage it comes.
    @Test(arguments: ["autoencoder", "clip"]) func canBeInterrupted(stage: String) async throws {
        let folder = try Scratch()
        let recipe = try folder.put(
            TinyModel.recipe(["autoencoder", "clip"], steps: 1), "recipe.json")
        let arguments = ["train", "--recipe", recipe, "--output", folder.path("run")]
        let checkpoint = folder.path("run/\(stage)/checkpoint.safetensors")
        let endless = try TinyModel.recipe([stage], steps: 100_000, checkpointEvery: 100_000)
        if stage == "clip" {  // the first stage ends, the second one does not
            var both = try #require(
                try JSONSerialization.jsonObject(with: Data(endless.utf8)) as? [String: Any])
            let short =
                try JSONSerialization.jsonObject(
                    with: Data(TinyModel.recipe(["autoencoder"], steps: 1).utf8)) as? [String: Any]
            let stages = try #require(short?["stages"] as? [Any])
            both["stages"] = stages + (try #require(both["stages"] as? [Any]))
            try JSONSerialization.data(withJSONObject: both)
                .write(to: URL(fileURLWithPath: recipe))
        } else {
            try folder.put(endless, "recipe.json")
        }
        let running = try CommandLineTool.start(arguments)
        let isReady = try await wait {
            running.catchesInterrupts
                && FileManager.default.fileExists(atPath: folder.path("run/\(stage)/log.jsonl"))
        }
        try #require(isReady)
        running.send(SIGINT)
        let result = await running.result()
        #expect(result.status == 130 && !result.wasKilled && result.output == "")
        #expect(result.errorLines.last == "interrupted", "\(result.errors)")
        #expect(FileManager.default.fileExists(atPath: checkpoint))
    }

    @Test func trainsOneStageOnAFolderFromAModel() async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        let data = try await CommandLineTool.run(
            ["dataset", "render", "--count", "2", "--frames", "1", "--size", "32"]
                + ["--output", folder.path("data")])
        #expect(data.status == 0)
        let recipe = try folder.put(TinyModel.recipe(steps: 1), "recipe.json")
        let result = try await CommandLineTool.run([
            "train", "--recipe", recipe, "--output", folder.path("run"), "--stage", "frames",
            "--data", folder.path("data"), "--from", model.path, "--workers", "2",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path("run")).sorted()
                == ["frames", "model"])
    }

    @Test func refusesWhatCannotBeTrained() async throws {
        let folder = try Scratch()
        let recipe = try folder.put(TinyModel.recipe(steps: 1), "recipe.json")
        let bad = try folder.put(
            #"{"seed": 1, "size": 64, "stages": [{"stage": "x"}]}"#, "bad.json")
        let run = ["train", "--output", folder.path("run"), "--recipe"]
        try await expectFailure(64, "none.json", running: run + [folder.path("none.json")])
        try await expectFailure(64, bad, "stages.0.stage", running: run + [bad])
        try await expectFailure(
            64, "'upscale'", "autoencoder, clip", running: run + [recipe, "--stage", "upscale"])
        try await expectFailure(64, "--threads", running: run + [recipe, "--threads", "0"])
        try await expectFailure(64, "--workers", running: run + [recipe, "--workers", "0"])
        try await expectFailure(
            64, "captions.jsonl", running: run + [recipe, "--data", folder.path("none")])
        try await expectFailure(
            66, "/nowhere", running: run + [recipe, "--stage", "clip", "--from", "/nowhere"])
        #expect(folder.content == ["bad.json", "recipe.json"])
        try await expectFailure(
            65, "needs autoencoder", "--from", running: run + [recipe, "--stage", "frames"])
        try await expectFailure(
            73, "/sys/run", running: ["train", "--output", "/sys/run", "--recipe", recipe])
    }
}
