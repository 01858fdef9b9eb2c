import Foundation
import TestSupport
import Testing

/// Inputs that were made to break the program: one clear line, the right exit code, soon and in little memory.
@Suite(.serialized) struct HostileInputTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/hostile")

    private func fixture(_ name: String) -> URL { Self.fixtures.appending(path: name) }

    private func expectQuickFailure(
        _ status: Int32, _ hints: [String], _ arguments: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let start = ContinuousClock.now
        let result = try await CommandLineTool.run(arguments)
        let seconds = ContinuousClock.now - start
        #expect(
            result.status == status && !result.wasKilled, "\(result.status): \(result.errors)",
            sourceLocation: sourceLocation)
        let errors = result.errorLines.filter { $0.lowercased().hasPrefix("error: ") }
        #expect(errors.count == 1, "\(result.errors)", sourceLocation: sourceLocation)
        for hint in hints {
            #expect(
                errors.first?.contains(hint) == true, "‘\(hint)’ in \(result.errors)",
                sourceLocation: sourceLocation)
        }
        #expect(seconds < .seconds(20), sourceLocation: sourceLocation)
    }

    @Test(arguments: [
        ("deep-unet", "unet", "'block_out_channels' must hold 1 to 8 numbers, not 64"),
        ("many-layers-unet", "unet", "'layers_per_block' must be from 1 to 32, not 65536"),
        (
            "many-layers-text_encoder", "text_encoder",
            "'num_hidden_layers' must be from 1 to 256, not 65536"
        ),
        ("many-layers-image_encoder", "image_encoder", "'layers' must be from 1 to 256, not 65536"),
    ])
    func refusesAConfigurationThatAsksForTooMuch(
        name: String, component: String, hint: String
    ) async throws {
        let (folder, model) = try await TinyModel.shared.copy(changing: component)
        let file = URL(filePath: "\(model)/\(component)/config.json")
        try FileManager.default.removeItem(at: file)
        try FileManager.default.copyItem(at: fixture(name + ".json"), to: file)
        for arguments in [["--dry-run"], ["--steps", "1"]] {
            try await expectQuickFailure(
                65, [hint],
                ["generate", "a car", "--model", model, "--output", folder.path("x.mp4")]
                    + arguments)
        }
        #expect(folder.content == ["model"])
    }

    @Test func refusesARecipeWithAHugeBatch() async throws {
        let folder = try Scratch()
        try await expectQuickFailure(
            64, ["recipe", "batch of stage autoencoder must be from 1 to 4096, not 2147483648"],
            [
                "train", "--recipe", fixture("recipe-batch.json").path, "--output",
                folder.path("run"),
            ])
    }

    @Test(arguments: ["contact-sheet", "evaluate"])
    func refusesAFrameNumberThatNoVideoHas(command: String) async throws {
        let folder = try Scratch()
        try folder.put("", "frame-9223372036854775807.png")
        try await expectQuickFailure(
            65, ["a frame has a number above 999999999"], [command, folder.folder.path])
    }

    @Test func refusesAListOfClipsWithoutClips() async throws {
        let folder = try Scratch()
        try folder.put(String(repeating: "\n", count: 5_000_000), "captions.jsonl")
        try await expectQuickFailure(
            64, ["captions.jsonl has 0 clips"],
            [
                "train", "--recipe", fixture("recipe.json").path, "--output", folder.path("run"),
                "--data", folder.folder.path,
            ])
    }

    /// Options of each command that take a number.
    static let options: [[String]] = [
        ["generate", "a car", "--frames"], ["generate", "a car", "--steps"],
        ["generate", "a car", "--fps"], ["generate", "a car", "--width"],
        ["generate", "a car", "--height"], ["generate", "a car", "--guided-steps"],
        ["generate", "a car", "--cache-interval"], ["generate", "a car", "--decode-frames"],
        ["generate", "a car", "--threads"],
        ["generate", "a car", "--on-drift", "retry", "--retries"],
        ["generate", "a car", "--endless", "--prompt-at", "NUMBER", "a bird"],
        ["dataset", "render", "--output", "OUT", "--count"],
        ["dataset", "render", "--output", "OUT", "--count", "1", "--frames"],
        ["dataset", "render", "--output", "OUT", "--count", "1", "--size"],
        ["contact-sheet", "x.mp4", "--frames"], ["contact-sheet", "x.mp4", "--columns"],
        ["evaluate", "x.mp4", "--chunk-frames"], ["evaluate", "x.mp4", "--overlap"],
        ["study", "table1", "--count"], ["study", "table1", "--frames"],
        ["study", "length", "--report", "OUT", "--lengths"],
        ["study", "length", "--report", "OUT", "--count"],
        ["study", "journeys", "--short"], ["study", "journeys", "--long"],
        ["study", "enhancement", "--clips"], ["study", "enhancement", "--frames"],
        ["train", "--recipe", "x", "--output", "OUT", "--workers"],
        ["train", "--recipe", "x", "--output", "OUT", "--threads"],
        ["benchmark", "--inputs", "x", "--steps"], ["benchmark", "--inputs", "x", "--workers"],
    ]

    @Test(arguments: options) func refusesTheLargestNumber(arguments: [String]) async throws {
        try await expectRefusal(of: "9223372036854775807", arguments)
    }

    @Test(arguments: options.prefix(4)) func refusesTheSmallestNumber(
        arguments: [String]
    ) async throws {
        try await expectRefusal(of: "-9223372036854775808", arguments)
    }

    private func expectRefusal(of number: String, _ arguments: [String]) async throws {
        let folder = try Scratch()
        var words = arguments.map { $0.replacing("OUT", with: folder.path("out")) }
        if let place = words.firstIndex(of: "NUMBER") {
            words[place] = number
        } else {
            words[words.count - 1] += "=" + number
        }
        try await expectQuickFailure(64, [], words)
        #expect(folder.content.isEmpty || folder.content == ["out"])
    }

    @Test func refusesADeviceThatThereIsNot() async throws {
        try await expectQuickFailure(
            64, ["--device must be cpu, cuda or cuda:N with N from 0 to 127"],
            ["generate", "a car", "--device", "cuda:9223372036854775807"])
    }

    /// A named pipe would be waited for without an end.
    @Test(arguments: ["recipe", "prompts", "configuration"])
    func doesNotWaitForANamedPipe(kind: String) async throws {
        let (folder, model) = try await TinyModel.shared.copy(changing: "scheduler")
        let pipe =
            kind == "configuration"
            ? "\(model)/scheduler/scheduler_config.json" : folder.path("pipe")
        try? FileManager.default.removeItem(atPath: pipe)
        #expect(mkfifo(pipe, 0o600) == 0)
        switch kind {
        case "recipe":
            try await expectQuickFailure(
                64, [pipe, "it is not a regular file"],
                ["train", "--recipe", pipe, "--output", folder.path("run")])
        case "prompts":
            try await expectQuickFailure(
                65, [pipe, "it is not a regular file"], ["study", "table1", "--prompts", pipe])
        default:
            try await expectQuickFailure(
                65, [pipe, "it is not a regular file"],
                ["generate", "a car", "--model", model, "--output", folder.path("x.mp4")])
        }
    }
}
