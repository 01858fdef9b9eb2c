import Foundation
import TestSupport
import Testing
import Torch

/// What `generate` refuses, before it has written anything.
@Suite struct RefusalTests {
    static let badOptions: [(arguments: [String], hint: String)] =
        [
            ([""], "prompt is empty"), (["  \n "], "prompt is empty"), ([], "prompt is empty"),
            (["a", "--prompt", "b"], "given twice"),
            (["a", "--frames", "0"], "--frames"), (["a", "--frames=-3"], "--frames"),
            (["a", "--frames", "99999999999"], "--frames"),
            (["a", "--frames", "8", "--endless"], "--endless"),
            (["a", "--frames", "99999999999999999999999"], "--frames"),
            (["a", "--frames", "1.5"], "--frames"), (["a", "--steps", "0"], "--steps"),
            (["a", "--steps=-1"], "--steps"), (["a", "--steps", "1001"], "--steps"),
            (["a", "--guidance-scale=-1"], "--guidance-scale"),
            (["a", "--guidance-scale", "nan"], "--guidance-scale"),
            (["a", "--guidance-scale", "1e9"], "--guidance-scale"),
            (["a", "--anchor-scale=-1"], "--anchor-scale"), (["a", "--width", "100"], "96 or 128"),
            (["a", "--guided-steps=-1"], "--guided-steps"), (["a", "--height", "0"], "--height"),
            (["a", "--height", "8200"], "--height"),
            (["a", "--cache-interval", "0"], "--cache-interval must be from 1"),
            (["a", "--cache-interval", "99"], "--cache-interval must be from 1 to"),
            (["a", "--first-solver", "euler"], "--first-solver"),
            (["a", "--decode-frames", "0"], "--decode-frames"),
            (["a", "--prompt-at", "16"], "two values"),
            (["a", "--prompt-at", "snow", "16"], "number of a frame"),
            (["a", "--prompt-at", "0", "b"], "--prompt-at 0"),
            (["a", "--prompt-at", "17", "b", "--prompt-at", "24", "c"], "--prompt-at 17"),
            (["a", "--prompt-at", "24", "b", "--frames", "24"], "24 frames"),
            (["--prompt-at", "16", "b", "a"], "two values"),
            (["a", "--eta", "1.5"], "--eta"), (["a", "--eta=-0.1"], "--eta"),
            (["a", "--eta", "0.5", "--solver", "dpm-solver++"], "--eta"),
            (["a", "--solver", "euler"], "dpm-solver++"), (["a", "--join", "glue"], "regenerate"),
            (["a", "--fps", "0"], "--fps"),
            (["a", "--fps", "241"], "--fps"), (["a", "--fps=-8"], "--fps"),
            (["a", "--seed=-1"], "--seed"), (["a", "--seed", "x"], "--seed"),
            (["a", "--threads", "0"], "--threads"),
            (["a", "--threads", "5000000000"], "--threads"),
            (["a", "--device", "tpu"], "--device"), (["a", "--device", "cuda:-1"], "--device"),
            (["a", "--cuda-graphs"], "--cuda-graphs needs a GPU; give --device cuda"),
            (["a", "--dtype", "int8"], "--dtype"), (["a", "--nonsense"], "--nonsense"),
            (["a", "b"], "b"),
        ] + (Runtime.hasNativeFloat16 ? [] : [(["a", "--dtype", "float16"], "--device cuda")])

    @Test(arguments: badOptions.indices)
    func refusesABadOption(index: Int) async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        let (arguments, hint) = Self.badOptions[index]
        try await expectFailure(
            64, hint,
            running: ["generate"] + arguments
                + ["--model", model.path, "--output", folder.path("x.mp4")])
        #expect(folder.content == [])
    }

    @Test func refusesAnExistingOutput() async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        let output = try folder.put("precious", "x.mp4")
        try await expectFailure(73, "x.mp4", "--overwrite", running: model.generate(output))
        #expect(try String(contentsOfFile: output, encoding: .utf8) == "precious")
        #expect(folder.content == ["x.mp4"])
        let result = try await CommandLineTool.run(
            model.generate(output, ["--overwrite", "--frames", "3"]))
        #expect(result.status == 0)
        #expect(try await frames(of: output).count == 3)
        try await expectFailure(73, "--overwrite", running: model.generate(output))
        #expect(try await frames(of: output).count == 3)
    }

    @Test func refusesOutputsThatCannotBe() async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        try await expectFailure(
            73, "mkdir -p", running: model.generate(folder.path("none/x.mp4")))
        try await expectFailure(73, "/sys", running: model.generate("/sys/x.mp4"))
        try await expectFailure(73, "/sys", running: model.generate("/sys/frames/"))
        try await expectFailure(
            64, ".mp4, .webm, .gif", running: model.generate(folder.path("x.avi")))
        try await expectFailure(
            64, "--fps", running: model.generate(folder.path("x.mp4"), ["--fps", "x"]))
        #expect(folder.content == [])
    }

    @Test func tellsThatFFmpegIsMissing() async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        try await expectFailure(
            69, "ST2V_FFMPEG", "apt-get install ffmpeg",
            running: model.generate(folder.path("x.mp4")),
            environment: ["ST2V_FFMPEG": "/nowhere"])
        try await expectFailure(
            69, "cuda", running: model.generate(folder.path("x.mp4"), ["--device", "cuda:7"]))
        #expect(folder.content == [])
        // A folder of PNG frames needs no ffmpeg.
        let result = try await CommandLineTool.run(
            model.generate(folder.path("frames") + "/", ["--frames", "2"]),
            environment: ["ST2V_FFMPEG": "/nowhere", "PATH": "/nowhere"])
        #expect(result.status == 0 && folder.content == ["frames", "frames.json"])
    }

    /// Beside ``badOptions``, which has what `generate` says on the processor.
    @Test func recordsStepsOnAGPUAlone() async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        try await expectFailure(
            69, "cuda:7 is not available",
            running: model.generate(folder.path("x.mp4"), ["--device", "cuda:7", "--cuda-graphs"]))
        try await expectFailure(
            64, "--cuda-graphs needs a GPU; give --device cuda",
            running: [
                "benchmark", "--model", model.path, "--inputs", "/nowhere", "--cuda-graphs",
            ])
        #expect(folder.content == [])
    }

    @Test func tellsThatThereIsNoModel() async throws {
        let folder = try Scratch()
        let arguments = ["generate", "a", "--output", folder.path("x.mp4"), "--model"]
        try await expectFailure(66, "/nowhere", "--model", running: arguments + ["/nowhere"])
        try await expectFailure(66, "unet/", "--model", running: arguments + [folder.folder.path])
        let file = try folder.put("x", "file")
        try await expectFailure(66, file, running: arguments + [file])
        #expect(folder.content == ["file"])
    }
}
