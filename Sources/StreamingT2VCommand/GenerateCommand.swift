import ArgumentParser
import Foundation
import Foundations
import StreamingT2V
import Torch
import VideoIO

/// `streamingt2v generate`: a prompt becomes a video.
struct GenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Generates a video of any length from a prompt.")

    @OptionGroup var prompts: PromptOptions

    @OptionGroup var source: FootageOptions

    @Option(help: "Seed of all randomness; a random one is printed if omitted.")
    var seed: UInt64?

    @Option(help: "Number of frames that are generated.")
    var frames: Int?

    @Flag(help: "Generate until Ctrl-C.")
    var endless = false

    @OptionGroup var sampling: SamplingOptions

    @OptionGroup var weights: DistilledOption

    @Option(help: "Frames per second of the file.")
    var fps: Int?

    @Option(name: .shortAndLong, help: "Output: .mp4, .webm, .gif, or a folder for PNG frames.")
    var output: String?

    @Flag(help: "Enhance the video as well; the one before that is written next to the output.")
    var enhance = false

    @Flag(help: "Replace an existing output.")
    var overwrite = false

    @Flag(
        help: "Print the manifest as JSON on standard output at the end; with --dry-run, the plan.")
    var json = false

    @Flag(help: "Say what would run and how much memory, disk and time it takes; make nothing.")
    var dryRun = false

    @Flag(
        help: """
            Keep only the networks that work at the moment in memory and read the others again; slower, the \
            same video.
            """)
    var offload = false

    @OptionGroup var graphs: GraphOption

    @Option(
        help:
            "A file for the timeline, in Chrome's trace format: when each part of the work was done."
    )
    var trace: String?

    @OptionGroup var stage: EnhancerOption

    @OptionGroup var watching: WatchOptions

    @OptionGroup var options: ModelOptions

    @OptionGroup var pieces: PieceOptions

    func run() async throws {
        try await reportingFailure { try await generate() }
    }

    private func generate() async throws {
        let launch = ProcessClock.secondsSinceStart()
        let begin = ContinuousClock.now
        let request = try request()
        let reviewer = try watching.reviewer()
        let (device, dtype) = (try options.parsedDevice(), try options.parsedType())
        try options.start()
        let folder = try stage.apply(to: weights.apply(to: pieces.folder(options)))
        let timeline = try timeline()
        let residency: Residency? = offload ? .offloaded : nil
        let generator = try VideoGenerator(
            model: folder, device: device, dtype: dtype, residency: residency,
            recorder: graphs.recorder(on: device), timeline: timeline)
        let destination = VideoDestination(
            output ?? Self.defaultOutput(), overwrite: overwrite, rate: fps.map { FrameRate($0) })
        let outputs = [destination.path] + (enhance ? [destination.previewPath] : [])
        let footage = try await source.footage(generator, for: request, outputs: outputs)
        try requireFreeTrace(outputs + [ManifestFile.path(of: destination.path), footage?.path])
        let prepared = try await generator.prepare(request, continuing: footage)
        let third =
            enhance
            ? try VideoEnhancer(
                model: folder, device: device, dtype: dtype, residency: residency,
                timeline: timeline) : nil
        let enhancement = try await third?.prepare(enhancementRequest(request))
        let stage = third.flatMap { third in
            enhancement.map { GenerationJob.Enhancement(third, $0) }
        }
        if dryRun { return try await plan(prepared, generator, stage, output: destination.path) }
        try await generator.requireRoom(
            for: prepared, enhancing: stage,
            generator.generationPlan(for: prepared, enhancing: stage, output: destination.path),
            output: destination.path)
        let job = try await GenerationJob(
            prepared, on: generator, to: destination, reviewer: reviewer,
            enhancement: stage)
        let events = job.events()
        let watching = Task {
            var monitor = ProgressMonitor(prepared)
            await monitor.follow(events)
        }
        let launched = launch + (ContinuousClock.now - begin) / .seconds(1)
        let (manifest, failure) = await untilInterrupted { await job.run(launched: launched) }
        await watching.value
        let traced = Result { try write(timeline) }
        let printed = Result { if json { try Terminal.output(manifest.json()) } }
        if let failure { throw failure }
        try printed.get()
        try traced.get()
        Terminal.message(
            "\(manifest.framesWritten) frames in \(Terminal.duration(manifest.seconds)), "
                + "\(Terminal.number(manifest.framesPerSecond)) frames/s: \(destination.path)")
        switch manifest.outcome {
        case .interrupted: throw ExitCode(FailureKind.interrupted.exitCode)
        case .stopped: throw ExitCode(ExitStatus.stopped)
        case .complete, .failed, .running: break
        }
    }

    private func request() throws -> GenerationRequest {
        var request = try prompts.request(seed: seed)
        request.sampling = try sampling.changes()
        guard frames == nil || !endless else {
            throw InvalidField("frames", "cannot be combined with \(field: "endless")")
        }
        request.frames = endless ? nil : frames ?? GenerationRequest.usualFrames
        try request.validate()
        if let fps { try InvalidField.require("fps", fps, in: 1...240) }
        guard enhance || stage.enhancer == nil else {
            throw InvalidField("enhancer", "is for \(field: "enhance"); give that too")
        }
        return request
    }

    /// The third stage gets the same prompt and seed, and the enhancer's defaults.
    private func enhancementRequest(_ request: GenerationRequest) -> EnhancementRequest {
        var enhancing = EnhancementRequest(prompt: request.prompt, seed: request.seed)
        enhancing.negativePrompt = request.negativePrompt
        enhancing.truncatesPrompt = request.truncatesPrompt
        return enhancing
    }

    private static func defaultOutput() -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "yyyyMMdd-HHmmss"
        return "video-\(formatter.string(from: Date())).mp4"
    }
}
