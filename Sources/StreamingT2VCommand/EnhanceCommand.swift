import ArgumentParser
import Foundation
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

    @Option(help: "Seed of all randomness; a random one is printed if left out.")
    var seed: UInt64?

    @Option(help: "WIDTHxHEIGHT that the picture is scaled to fit into; the model's if left out.")
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

    func run() async throws {
        try await reportingFailure { try await enhance() }
    }

    private func enhance() async throws {
        let request = try request()
        let (device, dtype) = (try options.parsedDevice(), try options.parsedType())
        try options.start()
        let folder = try stage.apply(to: options.folder())
        let enhancer = try VideoEnhancer(model: folder, device: device, dtype: dtype)
        let reader = try await VideoReader.open(input)
        let rate = try rate(of: reader)
        try requireOtherFile(than: input, output)
        let size = try enhancer.outputSize(
            width: reader.info.width, height: reader.info.height, for: request)
        try await enhancer.check(request)
        let sound = try await AudioTrack.find(in: input, for: output)
        let manifestFile = try ManifestFile(of: output, overwrite: overwrite)
        let writer = try await VideoOutput.open(
            path: output, width: size.width, height: size.height, framesPerSecond: rate,
            overwrite: overwrite)
        let manifest: EnhancementManifest
        let count: Int
        do {
            manifest = try EnhancementManifest(
                settings: request.settings(enhancer.defaults), model: folder, device: device,
                dtype: dtype, input: input, output: output, size: size, rate: rate)
            try manifestFile.begin(manifest)
            count = try await reader.countFrames()
            try await enhancer.load()
        } catch {
            try? await writer.finish()  // without a frame: takes a new folder away again
            manifestFile.remove()
            throw error
        }
        Terminal.message("seed \(request.seed), writing \(output)")

        let run = EnhancementRun(
            enhancer: enhancer, request: request, reader: reader, count: count, writer: writer,
            sound: sound, rate: rate, manifest: manifest, manifestFile: manifestFile)
        let (finished, failure) = await run.run()
        let printed = Result { if json { try Terminal.output(finished.json()) } }
        let written = Result {
            guard finished.framesWritten > 0 else { return manifestFile.remove() }
            try manifestFile.end(finished)
        }
        if let failure { throw failure }
        try written.get()
        try printed.get()
        Terminal.message(
            "\(finished.framesWritten) frames in \(Terminal.duration(finished.seconds)), "
                + "\(Terminal.number(finished.framesPerSecond, decimals: 2)) frames/s: \(output)")
        if finished.outcome == .interrupted { throw ExitCode(ExitStatus.interrupted.rawValue) }
    }

    private func request() throws -> EnhancementRequest {
        var request = EnhancementRequest(
            prompt: prompt, seed: seed ?? UInt64.random(in: 0..<1 << 32))
        request.negativePrompt = negativePrompt
        request.chunkLength = chunk
        request.overlap = overlap
        request.noiseLevel = noiseLevel
        request.steps = steps
        request.guidanceScale = guidanceScale
        request.sharpening = sharpening
        request.lowDelaySteps = lowDelaySteps
        request.truncatesPrompt = truncatePrompt
        if let size { (request.width, request.height) = try Self.sides(size) }
        if let blending {
            guard let seam = EnhancementDefaults.Seam(rawValue: blending) else {
                throw GenerationError.invalidOption(
                    "--blending", "must be independent, fixed, paper or code, not \(blending)")
            }
            request.seam = seam
        }
        if let fps, !(1...240).contains(fps) {
            throw GenerationError.invalidOption("--fps", "must be from 1 to 240, not \(fps)")
        }
        return request
    }

    /// Reads `1280x720`.
    private static func sides(_ text: String) throws -> (Int, Int) {
        let parts = text.lowercased().split(separator: "x", omittingEmptySubsequences: false)
        guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]) else {
            throw GenerationError.invalidOption(
                "--size", "must be WIDTHxHEIGHT, as 1280x720, not \(text)")
        }
        return (width, height)
    }

    private func rate(of reader: VideoReader) throws -> FrameRate {
        guard let own = reader.info.framesPerSecond else {
            guard let fps else {
                throw GenerationError.invalidOption(
                    "--fps", "is needed: \(input) is a folder and has no frame rate of its own")
            }
            return FrameRate(fps)
        }
        guard fps == nil else {
            throw GenerationError.invalidOption(
                "--fps", "is for folders of PNG frames; \(input) keeps its \(own) frames per second"
            )
        }
        return own
    }
}
