import Foundation
import TestSupport
import Testing

/// Manifests are there from before the first frame, and never replace another file.
@Suite struct ManifestFileTests {
    private func settings(_ manifest: [String: Any]) -> [String: Any] {
        manifest["settings"] as? [String: Any] ?? [:]
    }

    /// Killed while the first chunk is made: the seed is known, and the same command starts again.
    @Test(arguments: ["x.mp4", "frames/"])
    func survivesAKillBeforeTheFirstFrame(name: String) async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        let output = "\(folder.folder.path)/\(name)"
        let base = folder.path(name.hasSuffix("/") ? "frames" : name)
        let slow = try CommandLineTool.start(model.generate(output, ["--steps", "1000"]))
        let isThere = try await wait {
            FileManager.default.fileExists(atPath: base + ".json")
        }
        try #require(isThere, "\(slow.errors)")
        slow.send(SIGKILL)
        #expect(await slow.result().wasKilled)
        let killed = try manifest(base)
        #expect(killed["outcome"] as? String == "running")
        #expect(killed["frames_written"] as? Int == 0)
        #expect(settings(killed)["seed"] as? Int == 5 && settings(killed)["steps"] as? Int == 1000)

        // The encoder may have made its file and written nothing.
        if name == "x.mp4" { try folder.put("", name) }
        let again = try await CommandLineTool.run(model.generate(output, ["--frames", "16"]))
        #expect(again.status == 0, "\(again.errors)")
        let finished = try manifest(base)
        #expect(finished["outcome"] as? String == "complete")
        #expect(
            finished["frames_written"] as? Int == 16 && settings(finished)["steps"] as? Int == 2)
        // No lock and no temporary file.
        let last = (base as NSString).lastPathComponent
        #expect(folder.content == [last, last + ".json"])
    }

    /// Killed later: the manifest counts chunks, and the video is not replaced without a word.
    @Test func isRenewedWhileTheVideoGrows() async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        let output = folder.path("x.mp4")
        let running = try CommandLineTool.start(model.generate(output, ["--endless"]))
        let hasGrown = try await wait {
            ((try? manifest(output))?["frames_written"] as? Int ?? 0) >= 32
        }
        try #require(hasGrown, "\(running.errors)")
        running.send(SIGKILL)
        #expect(await running.result().wasKilled)
        let killed = try manifest(output)
        #expect(killed["outcome"] as? String == "running")
        let chunks = try #require(killed["chunks"] as? [[String: Any]])
        let written = try #require(killed["frames_written"] as? Int)
        #expect(
            chunks.count == written / 8 - 1 && chunks.last?["first_frame"] as? Int == written - 8)
        try await expectFailure(73, "x.mp4", "--overwrite", running: model.generate(output))
        let again = try await CommandLineTool.run(
            model.generate(output, ["--frames", "16", "--overwrite"]))
        #expect(again.status == 0, "\(again.errors)")
        #expect(folder.content == ["x.mp4", "x.mp4.json"])
    }

    /// A user's file that has the manifest's name stays as it is, whatever the output is.
    @Test(arguments: [("x.mp4", "x.mp4.json"), ("data", "data.json"), ("data/", "data.json")])
    func neverReplacesAnotherFile(name: String, file: String) async throws {
        let model = try await TinyModel.shared
        let enhancer = try await TinyEnhancer.shared
        let folder = try Scratch()
        let text = #"{"my": "notes"}"#
        try folder.put(text, file)
        let output = "\(folder.folder.path)/\(name)"
        try await expectFailure(73, file, "--overwrite", running: model.generate(output))
        try await expectFailure(
            73, file, "no manifest", running: model.generate(output, ["--overwrite"]))
        let input = folder.path("small.gif")
        let made = try await CommandLineTool.run(model.generate(input, ["--frames", "8"]))
        try #require(made.status == 0, "\(made.errors)")
        let enhance = [
            "enhance", input, "--prompt", TinyModel.prompt, "--model", enhancer.path, "--output",
            output,
        ]
        try await expectFailure(73, file, running: enhance)
        try await expectFailure(73, file, running: enhance + ["--overwrite"])
        #expect(
            try String(contentsOfFile: folder.path(file), encoding: .utf8) == text)
        #expect(folder.content == [file, "small.gif", "small.gif.json"].sorted())
    }

    /// Until the first new frame the old video and its manifest both stay.
    @Test func theOldManifestStaysAsLongAsTheOldVideo() async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        let output = folder.path("x.mp4")
        let made = try await CommandLineTool.run(model.generate(output, ["--frames", "16"]))
        try #require(made.status == 0, "\(made.errors)")
        let before = try ["x.mp4", "x.mp4.json"].map {
            try Data(contentsOf: URL(fileURLWithPath: folder.path($0)))
        }
        let slow = try CommandLineTool.start(
            model.generate(output, ["--steps", "1000", "--overwrite"]))
        let isReady = try await wait { slow.errors.contains("seed 5") && slow.catchesInterrupts }
        try #require(isReady, "\(slow.errors)")
        slow.send(SIGINT)
        #expect(await slow.result().status == 130)
        let after = try ["x.mp4", "x.mp4.json"].map {
            try Data(contentsOf: URL(fileURLWithPath: folder.path($0)))
        }
        #expect(after == before)
    }

    @Test func twoTrainingsCannotUseOneFolder() async throws {
        let folder = try Scratch()
        let recipe = try folder.put(
            TinyModel.recipe(["autoencoder"], steps: 100_000), "recipe.json")
        let arguments = ["train", "--recipe", recipe, "--output", folder.path("run")]
        let first = try CommandLineTool.start(arguments)
        let isLocked = try await wait {
            FileManager.default.fileExists(atPath: folder.path("run/.run.st2v-lock"))
        }
        try #require(isLocked, "\(first.errors)")
        try await expectFailure(73, "another process", running: arguments)
        first.send(SIGKILL)
        #expect(await first.result().wasKilled)
        // The lock of the dead process stops nothing.
        let second = try CommandLineTool.start(arguments)
        let isReady = try await wait { second.catchesInterrupts }
        try #require(isReady, "\(second.errors)")
        second.send(SIGINT)
        #expect(await second.result().status == 130)
    }

    /// A report that another command made, or a file of the user's, is not replaced either.
    @Test func reportsAreNotReplacedUnasked() async throws {
        let folder = try Scratch()
        try folder.put("mine", "report.json")
        for study in [
            ["journeys"], ["enhancement"], ["table1"], ["length", "--lengths", "16"],
        ] {
            try await expectFailure(
                73, "report.json", running: ["study"] + study + ["--report", folder.folder.path])
        }
        #expect(try String(contentsOfFile: folder.path("report.json"), encoding: .utf8) == "mine")
        #expect(folder.content == ["report.json"])
    }
}
