import Foundation
import TestSupport
import Testing
import VideoIO

/// What `enhance` refuses, before it has written anything.
@Suite struct EnhanceRefusalTests {
    private let folder: Scratch

    init() throws {
        folder = try Scratch()
    }

    static let badOptions: [(arguments: [String], hint: String)] = [
        (["--prompt", " "], "prompt is empty"), (["--size", "big"], "--size"),
        (["--size", "64"], "--size"), (["--size", "64x"], "--size"),
        (["--size", "64x64x3"], "--size"), (["--size", "4x64"], "--size"),
        (["--size", "9000x64"], "8192"), (["--chunk", "0"], "--chunk"),
        (["--overlap", "6"], "--overlap"), (["--overlap=-1"], "--overlap"),
        (["--chunk", "2"], "--overlap"), (["--blending", "torn"], "paper"),
        (["--noise-level", "0"], "--noise-level"), (["--noise-level", "1001"], "--noise-level"),
        (["--steps", "0"], "--steps"), (["--steps", "601"], "noise level"),
        (["--guidance-scale", "nan"], "--guidance-scale"),
        (["--guidance-scale=-1"], "--guidance-scale"),
        (["--low-delay-steps", "4"], "--low-delay-steps"), (["--seed", "x"], "--seed"),
        (["--fps", "8"], "--fps"), (["--threads", "0"], "--threads"),
        (["--device", "tpu"], "--device"), (["--dtype", "int8"], "--dtype"),
        (["--wings"], "--wings"),
    ]

    @Test(arguments: badOptions.indices) func refusesABadOption(index: Int) async throws {
        let model = try await TinyEnhancer.shared
        let input = folder.path("in.mp4")
        try await TinyEnhancer.writeVideo(input, frames: 2)
        let (arguments, hint) = Self.badOptions[index]
        try await expectFailure(
            64, hint, running: model.enhance(input, folder.path("x.mp4"), arguments))
        #expect(folder.content == ["in.mp4"])
    }

    @Test func tellsWhatIsMissing() async throws {
        let model = try await TinyEnhancer.shared
        let (plain, path) = try await TinyModel.shared.copy(changing: "nothing")
        try? FileManager.default.removeItem(atPath: path + "/enhancer")
        let input = folder.path("in.mp4")
        try await TinyEnhancer.writeVideo(input, frames: 2)
        let output = folder.path("x.mp4")
        try await expectFailure(
            66, "none.mp4", running: model.enhance(folder.path("none.mp4"), output))
        let text = try folder.put("no video", "text.mp4")
        try await expectFailure(65, "text.mp4", running: model.enhance(text, output))
        try await expectFailure(
            64, "no enhancer/ part", "--model",
            running: ["enhance", input, "--prompt", "a", "--model", path, "-o", output])
        try await expectFailure(
            64, "no enhancer/ part",
            running: ["generate", "a", "--enhance", "--model", path, "-o", output])
        withExtendedLifetime(plain) {}
        try await expectFailure(
            66, "/nowhere",
            running: ["enhance", input, "--prompt", "a", "--model", "/nowhere", "-o", output])
        try await expectFailure(
            64, "--prompt", running: ["enhance", input, "--model", model.path, "-o", output])
        try await expectFailure(
            73, "mkdir -p", running: model.enhance(input, folder.path("none/x.mp4")))
        try await expectFailure(
            64, ".mp4, .webm, .gif", running: model.enhance(input, folder.path("x.avi")))
        #expect(folder.content == ["in.mp4", "text.mp4"])
    }

    @Test func protectsFiles() async throws {
        let model = try await TinyEnhancer.shared
        let input = folder.path("in.mp4")
        try await TinyEnhancer.writeVideo(input, frames: 2)
        let before = try Data(contentsOf: URL(fileURLWithPath: input))
        try await expectFailure(
            64, "is the input", running: model.enhance(input, input, ["--overwrite"]))
        let link = folder.path("link.mp4")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: input)
        try await expectFailure(
            64, "is the input", running: model.enhance(input, link, ["--overwrite"]))
        #expect(try Data(contentsOf: URL(fileURLWithPath: input)) == before)
        let output = try folder.put("precious", "x.mp4")
        try await expectFailure(73, "--overwrite", running: model.enhance(input, output))
        #expect(try String(contentsOfFile: output, encoding: .utf8) == "precious")
        let result = try await CommandLineTool.run(model.enhance(input, output, ["--overwrite"]))
        #expect(result.status == 0, "\(result.errors)")
        #expect(try await frames(of: output).count == 2)
    }

    /// A folder has no frame rate, which an output needs.
    @Test func folderNeedsAFrameRate() async throws {
        let model = try await TinyEnhancer.shared
        let input = folder.path("in")
        try await TinyEnhancer.writeVideo(input + "/", frames: 3)
        let output = folder.path("x.mp4")
        try await expectFailure(64, "--fps", running: model.enhance(input, output))
        let result = try await CommandLineTool.run(model.enhance(input, output, ["--fps", "12"]))
        #expect(result.status == 0, "\(result.errors)")
        #expect(try await VideoReader.open(output).info.framesPerSecond == 12)
    }

    /// All that can be read of a damaged video is enhanced, and then the damage is told.
    @Test func tellsThatTheInputBreaksOff() async throws {
        let model = try await TinyEnhancer.shared
        let input = folder.path("in")
        try await TinyEnhancer.writeVideo(input + "/", frames: 30)
        try Data("x".utf8).write(to: URL(fileURLWithPath: input + "/frame-000025.png"))
        let output = folder.path("out")
        try await expectFailure(
            65, "damaged", "25", running: model.enhance(input, output + "/", ["--fps", "8"]))
        let manifest = try manifest(output)
        #expect(manifest["outcome"] as? String == "failed")
        #expect(manifest["frames_written"] as? Int == 25)
        #expect(try EnhanceTests.files(output).count == 25)
    }
}
