import Foundation
import TestSupport
import Testing
import VideoIO

/// `--distilled`, and what else concerns how a run is asked for and read.
@Suite struct DistilledTests {
    private let folder: Scratch

    init() throws { folder = try Scratch() }

    @Test func takesFewStepsWithOtherWeights() async throws {
        let model = try await TinyModel.shared
        func run(_ name: String, _ arguments: [String]) async throws -> [RGBFrame] {
            let output = folder.path(name) + "/"
            let result = try await CommandLineTool.run(
                [
                    "generate", TinyModel.prompt, "--model", model.path, "--seed", "5",
                    "--output", output,
                ] + arguments)
            try #require(result.status == 0, "\(name): \(result.errors)")
            return try await frames(of: output)
        }
        let few = try await run("few", ["--distilled"])
        let settings = try #require(
            try manifest(folder.path("few"))["settings"] as? [String: Any])
        #expect(settings["steps"] as? Int == 4 && settings["first_steps"] as? Int == 4)
        #expect(settings["guidance_scale"] as? Double == 1)
        #expect(try manifest(folder.path("few"))["distilled"] as? Bool == true)
        let weights = try #require(
            try manifest(folder.path("few"))["weights"] as? [String: String])
        #expect(weights["distilled/model.safetensors"]?.count == 64)

        // The same steps with the model's own weights are another video.
        let own = try await run("own", ["--steps", "4", "--guidance-scale", "1"])
        #expect(try manifest(folder.path("own"))["distilled"] == nil)
        #expect(few.count == 24 && own.count == 24)
        for index in few.indices { #expect(few[index] != own[index]) }
    }

    @Test func refusesAModelWithoutThem() async throws {
        let model = try await TinyModel.shared
        let copy = folder.path("model")
        try FileManager.default.copyItem(atPath: model.path, toPath: copy)
        try FileManager.default.removeItem(atPath: copy + "/distilled")
        let result = try await CommandLineTool.run([
            "generate", TinyModel.prompt, "--model", copy, "--distilled", "--output",
            folder.path("a.mp4"),
        ])
        #expect(result.status == 64)
        #expect(result.errors.contains("no distilled/ part"))
        #expect(folder.content == ["model"])
    }

    /// Nobody reads what the program says; the video and its manifest are written all the same.
    @Test func aClosedPipeCostsNoVideo() async throws {
        let model = try await TinyModel.shared
        let process = Process()
        // The test program may ignore the signal already, and its children with it.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let output = folder.path("a")
        process.arguments =
            ["--default-signal=PIPE", CommandLineTool.url.path]
            + model.generate(output + "/", ["--frames", "16", "--json"])
        let (errors, results) = (Pipe(), Pipe())
        process.standardError = errors
        process.standardOutput = results
        let (ended, publisher) = AsyncStream<Void>.makeStream()
        process.terminationHandler = { _ in publisher.finish() }
        try errors.fileHandleForReading.close()
        try results.fileHandleForReading.close()
        try process.run()
        try errors.fileHandleForWriting.close()
        try results.fileHandleForWriting.close()
        for await _ in ended {}
        #expect(process.terminationReason == .exit && process.terminationStatus == 74)
        #expect(try manifest(output)["outcome"] as? String == "complete")
        #expect(try await frames(of: output + "/").count == 16)
    }
}
