import ArgumentParser
import Foundation
import Foundations
import StreamingT2V
import Torch
import VideoIO

/// `streamingt2v enhance`: a video becomes a larger and sharper one.
struct EnhanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enhance", abstract: "Enhances a video of any length, frame by frame.")

    @Argument(help: "A video file, or a folder of PNG frames.")
    var input: String

    @Option(help: "What the video shows.")
    var prompt: String

    @Option(help: "What the video must not show.")
    var negativePrompt = ""

    @Option(help: "Seed of all randomness; a random one is printed if omitted.")
    var seed: UInt64?

    @Option(help: "WIDTHxHEIGHT that the picture is scaled to fit into; the model's if omitted.")
    var size: String?

    @Option(help: "Frames of a chunk.")
    var chunk: Int?

    @Option(help: "Frames that neighbouring chunks share.")
    var overlap: Int?

    @Option(help: "How chunks are made to agree: independent, fixed, paper or code.")
    var blending: String?

    @Option(help: "How much of the video is made anew, in training steps of noise.")
    var noiseLevel: Int?

    @Option(help: "Network evaluations per chunk.")
    var steps: Int?

    @Option(help: "How strongly the prompt acts; 1 switches guidance off.")
    var guidanceScale: Double?

    @Option(help: "How much stronger edges get in the finished pictures, from 0 to 4.")
    var sharpening: Double?

    @Option(help: "Last steps in which chunks do not wait for each other; approximate.")
    var lowDelaySteps = 0

    @Option(help: "Frames per second, for a folder of PNG frames; a video keeps its own.")
    var fps: Int?

    @Option(name: .shortAndLong, help: "Output: .mp4, .webm, .gif, or a folder for PNG frames.")
    var output: String

    @Flag(help: "Replace an existing output.")
    var overwrite = false

    @Flag(help: "Cut a prompt that is too long.")
    var truncatePrompt = false

    @Flag(help: "Print the manifest as JSON on standard output at the end.")
    var json = false

    @OptionGroup var stage: EnhancerOption

    @OptionGroup var options: ModelOptions

    /// Options that are called otherwise than in other commands.
    private static let names = OptionNames(
        special: [
            "width": "--size", "height": "--size", "chunk_length": "--chunk", "seam": "--blending",
        ])

    func run() async throws {
        try await reportingFailure(Self.names) { try await enhance() }
    }

    private func enhance() async throws {
        let request = try request()
        let (device, dtype) = (try options.parsedDevice(), try options.parsedType())
        try options.start()
        let folder = try stage.apply(to: options.folder())
        let enhancer = try VideoEnhancer(model: folder, device: device, dtype: dtype)
        let reader = try await VideoReader.open(input)
        if let own = reader.info.framesPerSecond, fps != nil {
            throw InvalidField(
                "fps", "is for folders of PNG frames; \(input) keeps its \(own) frames per second")
        }
        try requireOtherFile(than: input, output)
        let prepared = try await enhancer.prepare(request)
        let job = try await EnhancementJob(
            prepared, of: reader, on: enhancer,
            to: VideoDestination(output, overwrite: overwrite, rate: fps.map { FrameRate($0) }))
        Terminal.message("seed \(request.seed), writing \(output)")
        let progress = job.progress()
        let watching = Task {
            let monitor = EnhancementMonitor()
            await monitor.follow(progress)
        }
        let (manifest, failure) = await untilInterrupted { await job.run() }
        await watching.value
        let printed = Result { if json { try Terminal.output(manifest.json()) } }
        if let failure { throw failure }
        try printed.get()
        Terminal.message(
            "\(manifest.framesWritten) frames in \(Terminal.duration(manifest.seconds)), "
                + "\(Terminal.number(manifest.framesPerSecond, decimals: 2)) frames/s: \(output)")
        if manifest.outcome == .interrupted { throw ExitCode(FailureKind.interrupted.exitCode) }
    }

    private func request() throws -> EnhancementRequest {
        var request = EnhancementRequest(prompt: prompt, seed: seed)
        request.negativePrompt = negativePrompt
        request.lowDelaySteps = lowDelaySteps
        request.truncatesPrompt = truncatePrompt
        request.changes.chunkLength = chunk
        request.changes.overlap = overlap
        request.changes.noiseLevel = noiseLevel
        request.changes.steps = steps
        request.changes.guidanceScale = guidanceScale
        request.changes.sharpening = sharpening
        request.changes.seam = try choice(blending, "seam")
        if let size { (request.changes.width, request.changes.height) = try Self.sides(size) }
        if let fps { try InvalidField.require("fps", fps, in: 1...240) }
        return request
    }

    /// Reads `1280x720`.
    private static func sides(_ text: String) throws -> (Int, Int) {
        let parts = text.lowercased().split(separator: "x", omittingEmptySubsequences: false)
        guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]) else {
            throw InvalidField("size", "must be WIDTHxHEIGHT, as 1280x720, not \(text)")
        }
        return (width, height)
    }
}
