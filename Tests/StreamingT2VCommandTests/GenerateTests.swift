import Foundation
import TestSupport
import Testing
import VideoIO

/// `streamingt2v generate`: what it writes.
@Suite struct GenerateTests {
    @Test func writesAVideoAndItsManifest() async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        let output = folder.path("car.mp4")
        let result = try await CommandLineTool.run(
            model.generate(
                output,
                [
                    "--frames", "27", "--fps", "12", "--negative-prompt", "night",
                    "--guidance-scale", "2.5", "--eta", "0.5", "--steps", "3",
                ]))
        #expect(result.status == 0 && result.output == "", "\(result.errors)")
        #expect(result.errorLines.first == "seed 5, writing \(output)")
        #expect(result.errorLines.last?.hasPrefix("27 frames in ") == true)
        #expect(result.errorLines.last?.hasSuffix(output) == true)
        #expect(folder.content == ["car.mp4", "car.mp4.json"])

        let reader = try await VideoReader.open(output)
        #expect(reader.info.width == TinyModel.size && reader.info.height == TinyModel.size)
        #expect(reader.info.framesPerSecond == FrameRate(12))
        let pictures = try await frames(of: output)
        #expect(pictures.count == 27)

        let manifest = try manifest(output)
        #expect(manifest["outcome"] as? String == "complete")
        #expect(manifest["frames_written"] as? Int == 27)
        #expect(manifest["output"] as? String == output)
        #expect(manifest["model"] as? String == model.path)
        let settings = try #require(manifest["settings"] as? [String: Any])
        #expect(settings["prompt"] as? String == TinyModel.prompt)
        #expect(settings["negative_prompt"] as? String == "night")
        #expect(settings["seed"] as? Int == 5 && settings["frames_requested"] as? Int == 27)
        #expect(settings["fps"] as? Int == 12 && settings["eta"] as? Double == 0.5)
        #expect(settings["width"] as? Int == 32 && settings["height"] as? Int == 32)
        #expect(settings["steps"] as? Int == 3 && settings["first_steps"] as? Int == 3)
        #expect(settings["guidance_scale"] as? Double == 2.5)
        #expect(settings["solver"] as? String == "ddim")  // eta asks for it
        let chunks = try #require(manifest["chunks"] as? [[String: Any]])
        #expect(chunks.map { $0["first_frame"] as? Int } == [0, 16, 24])
        #expect(chunks.map { $0["frames"] as? Int } == [16, 8, 3])
        let weights = try #require(manifest["weights"] as? [String: String])
        #expect(weights.count == 5 && weights.values.allSatisfy { $0.count == 64 })
        let seconds = try #require(manifest["seconds"] as? Double)
        let rate = try #require(manifest["frames_per_second"] as? Double)
        #expect(abs(rate * seconds - 27) < 1e-6)
        #expect(try #require(manifest["seconds_to_first_step"] as? Double) > 0)
    }

    @Test func printsTheManifestAsJSON() async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        let output = folder.path("frames") + "/"
        let result = try await CommandLineTool.run(
            model.generate(output, ["--frames", "1", "--json"]))
        #expect(result.status == 0)
        #expect(
            result.output
                == (try String(contentsOfFile: folder.path("frames.json"), encoding: .utf8)))
        let printed = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
        #expect((printed as? [String: Any])?["frames_written"] as? Int == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: output) == ["frame-000000.png"])
    }

    /// Without a seed one is drawn and told, and it is the one that was used.
    @Test func tellsTheSeedThatItDrew() async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        func run(_ name: String, _ seed: [String]) async throws -> (UInt64, [RGBFrame]) {
            let result = try await CommandLineTool.run(
                [
                    "generate", "--prompt", "a boat", "--model", model.path, "--frames", "2",
                    "--steps", "2", "-o", folder.path(name) + "/",
                ] + seed)
            let word = result.errors.split(separator: " ").dropFirst().first?.dropLast()
            let told = try #require(word.flatMap { UInt64($0) })
            return (told, try await frames(of: folder.path(name)))
        }
        let (first, one) = try await run("a", [])
        let (second, two) = try await run("b", [])
        #expect(first != second && one != two)
        let (_, again) = try await run("c", ["--seed", "\(first)"])
        #expect(again == one)
    }

    @Test func theSameSeedGivesTheSameBytesAndEachOptionOthers() async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        func bytes(_ name: String, _ arguments: [String]) async throws -> [Data] {
            let path = folder.path(name)
            let result = try await CommandLineTool.run(
                arguments + ["--model", model.path, "--output", path + "/"])
            try #require(result.status == 0, "\(name): \(result.errors)")
            let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
            return try names.map { try Data(contentsOf: URL(fileURLWithPath: "\(path)/\($0)")) }
        }
        // Strong guidance, so that what the prompt says shows even in a model of two training steps.
        let size = ["--steps", "2", "--frames", "24"]
        let plain = size + ["--seed", "5", "--guidance-scale", "8"]
        let base = try await bytes("base", ["generate", "a red car"] + plain)
        #expect(base.count == 24)
        #expect(try await bytes("same", ["generate", "--prompt", "a red car"] + plain) == base)
        let others: [(String, [String])] = [
            ("prompt", ["generate", "a boat at night"] + plain),
            (
                "negative",
                ["generate", "a red car", "--negative-prompt", "a white bird flies at night"]
                    + plain
            ),
            (
                "seed",
                ["generate", "a red car", "--seed", "6", "--guidance-scale", "8"] + size
            ),
            (
                "steps",
                [
                    "generate", "a red car", "--seed", "5", "--guidance-scale", "8", "--steps",
                    "3", "--frames", "24",
                ]
            ),
            (
                "guidance",
                ["generate", "a red car", "--seed", "5", "--guidance-scale", "16"] + size
            ),
            (
                "unguided",
                ["generate", "a red car", "--seed", "5", "--guidance-scale", "1"] + size
            ),
            ("eta", ["generate", "a red car", "--eta", "1"] + plain),
            ("solver", ["generate", "a red car", "--solver", "ddim"] + plain),
        ]
        var seen = [base]
        for (name, arguments) in others {
            let made = try await bytes(name, arguments)
            #expect(made.count == 24)
            for other in seen {  // neither chunk stays as it was
                #expect(made[..<16] != other[..<16] && made[16...] != other[16...], "\(name)")
            }
            seen.append(made)
        }
        // More frames are the same video, only longer.
        let longer = try await bytes(
            "frames",
            [
                "generate", "a red car", "--seed", "5", "--guidance-scale", "8", "--steps", "2",
                "--frames", "32",
            ])
        #expect(longer.count == 32 && Array(longer.prefix(24)) == base)
    }

    /// What the release does not have: another shape, scales and solvers apart, prompts that change.
    @Test func optionsBeyondTheReleaseReachTheVideoAndItsManifest() async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        func run(_ name: String, _ arguments: [String]) async throws -> [RGBFrame] {
            let output = folder.path(name) + "/"
            let result = try await CommandLineTool.run(
                model.generate(
                    output,
                    [
                        "--width", "64", "--frames", "32", "--guidance-scale", "8",
                        "--first-solver", "ddim", "--anchor-scale", "2",
                    ] + arguments))
            try #require(result.status == 0, "\(name): \(result.errors)")
            return try await frames(of: output)
        }
        let usual = try await run("usual", [])
        #expect(usual.allSatisfy { $0.width == 64 && $0.height == 32 })
        let changed = try await run(
            "changed",
            [
                "--prompt-at", "17", "a boat at night", "--prompt-at", "16", "a yellow bird",
                "--decode-frames", "5", "--guided-steps", "1",
                "--cache-interval", "2",
            ])
        #expect(changed.count == 32)
        for index in 16..<32 { #expect(changed[index] != usual[index]) }
        let manifest = try manifest(folder.path("changed"))
        let settings = try #require(manifest["settings"] as? [String: Any])
        #expect(settings["width"] as? Int == 64 && settings["height"] as? Int == 32)
        #expect(settings["first_solver"] as? String == "ddim")
        #expect(settings["solver"] as? String == "dpm-solver++")
        #expect(settings["anchor_scale"] as? Double == 2)
        #expect(settings["guidance_scale"] as? Double == 8)
        #expect(settings["frames_per_decode"] as? Int == 5)
        #expect(settings["guided_steps"] as? Int == 1)
        #expect(settings["cache_interval"] as? Int == 2)
        let changes = try #require(settings["prompt_changes"] as? [[String: Any]])
        #expect(changes.compactMap { $0["frame"] as? Int } == [17, 16])
        #expect(
            changes.compactMap { $0["prompt"] as? String } == ["a boat at night", "a yellow bird"])
    }

    /// A video goes on from another one, and from a picture of it.
    @Test func goesOnFromAVideoAndAPicture() async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        let first = folder.path("first.mp4")
        let start = try await CommandLineTool.run(
            model.generate(first, ["--frames", "20", "--fps", "12"]))
        try #require(start.status == 0, "\(start.errors)")
        func run(_ name: String, _ arguments: [String]) async throws -> [RGBFrame] {
            let result = try await CommandLineTool.run(
                model.generate(folder.path(name), ["--frames", "12"] + arguments))
            try #require(result.status == 0, "\(name): \(result.errors)")
            return try await frames(of: folder.path(name))
        }
        let given = try await frames(of: first)
        let longer = try await run("longer/", ["--video", first, "--watch"])
        #expect(longer.count == 32 && Array(longer.prefix(20)) == given)
        let record = try manifest(folder.path("longer"))
        let settings = try #require(record["settings"] as? [String: Any])
        #expect(settings["fps"] as? Double == 12 && settings["frames_requested"] as? Int == 12)
        let footage = try #require(settings["footage"] as? [String: Any])
        #expect(footage["kind"] as? String == "video" && footage["path"] as? String == first)
        #expect(footage["frames"] as? Int == 20 && (footage["sha256"] as? String)?.count == 64)
        let chunks = try #require(record["chunks"] as? [[String: Any]])
        #expect(chunks.map { $0["first_frame"] as? Int } == [0, 20, 28])
        #expect(record["frames_written"] as? Int == 32)

        let picture = folder.path("longer/frame-000019.png")
        let fromPicture = try await run("picture/", ["--image", picture])
        #expect(fromPicture.count == 13 && fromPicture[0] == given[19])
        #expect(Set(fromPicture).count == 13)

        try await expectFailure(
            64, "--image", "--video",
            running: model.generate(folder.path("x.mp4"), ["--image", picture, "--video", first]))
        try await expectFailure(
            64, "--output", running: model.generate(first, ["--video", first, "--overwrite"]))
        try await expectFailure(
            64, "--first-solver",
            running: model.generate(
                folder.path("x.mp4"), ["--video", first, "--first-solver", "ddim"]))
        try await expectFailure(
            66, "nothing.png",
            running: model.generate(
                folder.path("x.mp4"), ["--image", folder.path("nothing.png")]))
        let text = try folder.put("no picture", "words.png")
        try await expectFailure(
            65, "words.png", running: model.generate(folder.path("x.mp4"), ["--image", text]))
        #expect(!folder.content.contains("x.mp4"))
        #expect(try await frames(of: first) == given)
    }

    @Test func theFrameRateIsInTheFile() async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        for (name, arguments, rate) in [("a.mp4", [], 8), ("b.mp4", ["--fps", "24"], 24)] {
            let result = try await CommandLineTool.run(
                model.generate(folder.path(name), ["--frames", "4"] + arguments))
            #expect(result.status == 0)
            let reader = try await VideoReader.open(folder.path(name))
            #expect(reader.info.framesPerSecond == FrameRate(rate))
        }
    }

    /// A long prompt is refused with the words that would be lost, unless that is accepted.
    @Test func cutsAPromptOnlyWhenAllowed() async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        let output = folder.path("x.mp4")
        let prompt = Array(repeating: "red car", count: 60).joined(separator: " ") + " zebra"
        let arguments = [
            "generate", prompt, "--model", model.path, "--output", output, "--frames", "1",
            "--steps", "1", "--seed", "1",
        ]
        try await expectFailure(
            64, "--prompt", "77", "zebra", "--truncate-prompt", running: arguments)
        #expect(folder.content == [])
        try await expectFailure(
            64, "--negative-prompt", "zebra",
            running: [
                "generate", "a car", "--negative-prompt", prompt, "--model", model.path,
                "--output", output,
            ])
        #expect(folder.content == [])
        let result = try await CommandLineTool.run(arguments + ["--truncate-prompt"])
        #expect(result.status == 0 && folder.content == ["x.mp4", "x.mp4.json"])
    }
}

/// The manifest beside an output.
func manifest(_ output: String) throws -> [String: Any] {
    let data = try Data(contentsOf: URL(fileURLWithPath: output + ".json"))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
}
