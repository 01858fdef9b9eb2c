import Foundation
import TestSupport
import Testing
import VideoIO

/// `streamingt2v enhance`: what it writes.
@Suite struct EnhanceTests {
    private let folder: Scratch

    init() throws {
        folder = try Scratch()
    }

    /// Bytes of all frames that an enhancement writes.
    private func frames(_ name: String, _ input: String, _ further: [String]) async throws -> [Data]
    {
        let model = try await TinyEnhancer.shared
        let path = folder.path(name)
        let result = try await CommandLineTool.run(model.enhance(input, path + "/", further))
        try #require(result.status == 0, "\(name): \(result.errors)")
        return try Self.files(path)
    }

    static func files(_ path: String) throws -> [Data] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
            .map { try Data(contentsOf: URL(fileURLWithPath: "\(path)/\($0)")) }
    }

    @Test func writesAVideoWithItsSoundAndItsManifest() async throws {
        let model = try await TinyEnhancer.shared
        let (plain, input) = (folder.path("plain.mp4"), folder.path("in.mp4"))
        try await TinyEnhancer.writeVideo(
            plain, frames: 15, width: 40, height: 32, rate: FrameRate(24_000, per: 1001))
        try addSine(to: plain, as: input)
        for name in ["out.mp4", "out.webm"] {
            let output = folder.path(name)
            let result = try await CommandLineTool.run(
                model.enhance(input, output, ["--size", "100x64", "--steps", "2", "--json"]))
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.errorLines.first == "seed 5, writing \(output)")
            #expect(result.errorLines.last?.hasPrefix("15 frames in ") == true)
            let reader = try await VideoReader.open(output)
            #expect(reader.info.width == 80 && reader.info.height == 64)
            let rate = try #require(reader.info.framesPerSecond?.value)
            #expect(abs(rate - 24_000 / 1001) < 0.05)
            #expect(try await StreamingT2VCommandTests.frames(of: output).count == 15)
            #expect(try soundSeconds(output) > 0.5)

            let manifest = try manifest(output)
            let stored = try String(contentsOfFile: output + ".json", encoding: .utf8)
            #expect(result.output == stored)
            #expect(manifest["outcome"] as? String == "complete")
            #expect(manifest["frames_written"] as? Int == 15)
            #expect(manifest["width"] as? Int == 80 && manifest["height"] as? Int == 64)
            #expect(manifest["has_sound"] as? Bool == true)
            #expect(manifest["input"] as? String == input)
            #expect(manifest["rate"] as? String == "24000/1001")
            #expect(manifest["evaluations"] as? Int == 2 * 4)  // 15 frames are four chunks
            #expect((manifest["weights"] as? [String: String])?.count == 3)
            let settings = try #require(manifest["settings"] as? [String: Any])
            #expect(settings["prompt"] as? String == TinyModel.prompt)
            #expect(settings["seed"] as? Int == 5)
            let sampling = try #require(settings["sampling"] as? [String: Any])
            #expect(sampling["steps"] as? Int == 2 && sampling["width"] as? Int == 100)
            #expect(sampling["chunk_length"] as? Int == 6 && sampling["seam"] as? String == "code")
        }
        #expect(
            folder.content == [
                "in.mp4", "out.mp4", "out.mp4.json", "out.webm", "out.webm.json", "plain.mp4",
            ])
    }

    /// Ctrl-C keeps what is finished, with as much sound as pictures.
    @Test func soundEndsWhereTheUserStops() async throws {
        let model = try await TinyEnhancer.shared
        let (plain, input) = (folder.path("plain.mp4"), folder.path("in.mp4"))
        try await TinyEnhancer.writeVideo(plain, frames: 800)
        try addSine(to: plain, as: input, seconds: 100)
        let output = folder.path("out.mp4")
        let running = try CommandLineTool.start(model.enhance(input, output))
        let hasBegun = try await wait {
            let size = try? FileManager.default.attributesOfItem(atPath: output)[.size] as? Int
            return (size ?? 0) > 0 && running.catchesInterrupts
        }
        try #require(hasBegun, "\(running.errors)")
        running.send(SIGINT)
        let result = await running.result()
        #expect(result.status == 130 && !result.wasKilled, "\(result.errors)")
        let manifest = try manifest(output)
        let written = try #require(manifest["frames_written"] as? Int)
        #expect(manifest["outcome"] as? String == "interrupted")
        #expect(written > 0 && written < 800)
        #expect(try await StreamingT2VCommandTests.frames(of: output).count == written)
        #expect(abs(try soundSeconds(output) - Double(written) / 8) < 0.1)
        #expect(folder.content == ["in.mp4", "out.mp4", "out.mp4.json", "plain.mp4"])
    }

    private func addSine(to video: String, as output: String, seconds: Double = 0.63) throws {
        try tool(
            FFmpegTools.find().ffmpeg,
            [
                "-v", "error", "-nostdin", "-i", video, "-f", "lavfi", "-i",
                "sine=frequency=440:duration=\(seconds)", "-c:v", "copy", "-c:a", "aac", output,
            ])
    }

    private func soundSeconds(_ path: String) throws -> Double {
        let text = try tool(
            FFmpegTools.find().ffprobe,
            [
                "-v", "error", "-select_streams", "a:0", "-show_entries", "packet=pts_time",
                "-of", "csv=p=0", path,
            ])
        let last = text.split(separator: "\n").last?.prefix { $0.isNumber || $0 == "." }
        return last.flatMap { Double($0) } ?? 0
    }

    @discardableResult
    private func tool(_ path: String, _ arguments: [String]) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
    }

    @Test func theSameSeedGivesTheSameBytesAndEachOptionOthers() async throws {
        let input = folder.path("in.mp4")
        try await TinyEnhancer.writeVideo(input, frames: 14)
        let base = try await frames("base", input, [])
        #expect(base.count == 14 && Set(base).count == 14)
        #expect(try await frames("same", input, ["--threads", "1"]) == base)
        let options: [(String, [String])] = [
            ("prompt", ["--prompt", "a boat at night"]),
            ("negative", ["--negative-prompt", "a white bird flies at night"]),
            ("seed", ["--seed", "6"]), ("size", ["--size", "64x40"]),
            ("chunk", ["--chunk", "7"]), ("overlap", ["--overlap", "3"]),
            ("independent", ["--blending", "independent"]), ("fixed", ["--blending", "fixed"]),
            ("paper", ["--blending", "paper"]), ("noise", ["--noise-level", "300"]),
            ("steps", ["--steps", "4"]), ("guidance", ["--guidance-scale", "5"]),
            ("unguided", ["--guidance-scale", "1"]), ("delay", ["--low-delay-steps", "2"]),
            ("bfloat16", ["--dtype", "bfloat16"]),
        ]
        var seen = [("base", base)]
        for (name, arguments) in options {
            let made = try await frames(name, input, arguments)
            #expect(made.count == 14)
            for (other, bytes) in seen { #expect(made != bytes, "\(name) is as \(other)") }
            seen.append((name, made))
        }
    }

    /// All stages as one stream: the preview is the video without enhancement, and enhancing it alone gives the same.
    @Test func generatesAndEnhancesAsOneStream() async throws {
        let model = try await TinyEnhancer.shared
        let base = [
            "generate", TinyModel.prompt, "--model", model.path, "--seed", "5", "--steps", "2",
            "--frames", "20",
        ]
        let both = folder.path("both")
        let result = try await CommandLineTool.run(base + ["--enhance", "--output", both + "/"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(folder.content == ["both", "both.json", "both.preview"])
        let enhanced = try Self.files(both)
        #expect(enhanced.count == 20)
        #expect(try PNG.decode([UInt8](enhanced[19])).width == TinyEnhancer.size)

        let plain = folder.path("plain")
        #expect(try await CommandLineTool.run(base + ["--output", plain + "/"]).status == 0)
        #expect(try Self.files(both + ".preview") == Self.files(plain))
        #expect(try await frames("again", both + ".preview", ["--fps", "8"]) == enhanced)

        let manifest = try manifest(both)
        #expect(manifest["frames_written"] as? Int == 20)
        #expect(manifest["preview"] as? String == both + ".preview/")
        let settings = try #require(manifest["enhancement"] as? [String: Any])
        #expect(settings["seed"] as? Int == 5)
        let weights = try #require(manifest["weights"] as? [String: String])
        #expect(weights["enhancer/diffusion_pytorch_model.safetensors"]?.count == 64)
        let before = try StreamingT2VCommandTests.manifest(plain)
        #expect(before["enhancement"] == nil && before["preview"] == nil)
    }

    @Test func previewLiesBesideTheVideo() async throws {
        let model = try await TinyEnhancer.shared
        let output = folder.path("car.mp4")
        let arguments = [
            "generate", TinyModel.prompt, "--model", model.path, "--steps", "1", "--frames", "3",
            "--enhance", "--output", output,
        ]
        let result = try await CommandLineTool.run(arguments)
        #expect(result.status == 0, "\(result.errors)")
        #expect(folder.content == ["car.mp4", "car.mp4.json", "car.preview.mp4"])
        let preview = try await VideoReader.open(folder.path("car.preview.mp4"))
        #expect(preview.info.width == TinyModel.size)
        #expect(try await VideoReader.open(output).info.width == TinyEnhancer.size)
        // A preview is not overwritten either.
        try FileManager.default.removeItem(atPath: output)
        try FileManager.default.removeItem(atPath: output + ".json")
        try await expectFailure(73, "car.preview.mp4", "--overwrite", running: arguments)
        #expect(folder.content == ["car.preview.mp4"])
    }

    /// Ctrl-C keeps the frames that are finished, of both videos.
    @Test func keepsWhatIsFinished() async throws {
        let model = try await TinyEnhancer.shared
        let output = folder.path("x")
        let running = try CommandLineTool.start([
            "generate", TinyModel.prompt, "--model", model.path, "--steps", "1", "--endless",
            "--enhance", "--output", output + "/",
        ])
        let hasBegun = try await wait {
            FileManager.default.fileExists(atPath: output + "/frame-000001.png")
                && running.catchesInterrupts
        }
        try #require(hasBegun, "\(running.errors)")
        running.send(SIGINT)
        let result = await running.result()
        #expect(result.status == 130 && !result.wasKilled, "\(result.errors)")
        let manifest = try manifest(output)
        let written = try #require(manifest["frames_written"] as? Int)
        #expect(manifest["outcome"] as? String == "interrupted")
        #expect(written >= 2)
        #expect(try Self.files(output).count == written)
        let preview = try Self.files(output + ".preview").count
        #expect(preview >= written && preview % 8 == 0)
        #expect(folder.content == ["x", "x.json", "x.preview"])
    }
}
