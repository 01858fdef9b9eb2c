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

    @Option(help: "Seed of all randomness; a random one is printed if left out.")
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

    @Flag(help: "Enhance the video as well; the one before that is written beside the output.")
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
        try request.validate()
        if let fps, !(1...240).contains(fps) {
            throw GenerationError.invalidOption("--fps", "must be from 1 to 240, not \(fps)")
        }
        guard enhance || stage.enhancer == nil else {
            throw GenerationError.invalidOption("--enhancer", "is for --enhance; give that too")
        }
        let monitor = ProgressMonitor(total: request.frames)
        let reviewer = try watching.reviewer { monitor.show($1, of: $0) }
        let (device, dtype) = (try options.parsedDevice(), try options.parsedType())
        try options.start()
        let folder = try stage.apply(to: weights.apply(to: pieces.folder(options)))
        let timeline = try timeline()
        let generator = try VideoGenerator(
            model: folder, device: device, dtype: dtype, residency: offload ? .offloaded : nil,
            recorder: graphs.recorder(on: device), timeline: timeline)
        let output = self.output ?? Self.defaultOutput()
        let preview = enhance ? Self.previewPath(output) : output
        let footage = try await source.footage(
            generator, for: request, outputs: [output, preview])
        if let trace {
            let files = [output, preview, ManifestFile.path(of: output), footage?.path]
            for file in files.compactMap(\.self) {
                try requireOtherFile(
                    than: file, trace, input: "a file of this video", option: "--trace")
            }
        }
        try await generator.check(request, continuing: footage)
        if dryRun {
            return try await plan(request, continuing: footage, generator, output: output)
        }
        try await generator.requireRoom(
            for: request, continuing: footage,
            generator.generationPlan(for: request, continuing: footage, output: output),
            output: output)
        let third =
            enhance
            ? try VideoEnhancer(model: folder, device: device, dtype: dtype, timeline: timeline)
            : nil
        let enhancing = enhancementRequest(request)
        try await third?.check(enhancing)
        let defaults = generator.defaults
        let size = try generator.size(of: request)
        let rate =
            fps.map { FrameRate($0) } ?? footage?.rate ?? FrameRate(defaults.framesPerSecond)
        let manifestFile = try ManifestFile(of: output, overwrite: overwrite)
        let writer = try await VideoOutput.open(
            path: preview, width: size.width, height: size.height,
            framesPerSecond: rate, overwrite: overwrite)
        var manifest: GenerationManifest
        var enhancement: GenerationRun.Enhancement?
        let hashes: Task<[String: String], any Error>
        do {
            if let third {
                let enhanced = try third.outputSize(
                    width: size.width, height: size.height, for: enhancing)
                enhancement = GenerationRun.Enhancement(
                    enhancer: third, request: enhancing,
                    writer: try await VideoOutput.open(
                        path: output, width: enhanced.width, height: enhanced.height,
                        framesPerSecond: rate, overwrite: overwrite))
            }
            manifest = try GenerationManifest(
                request: request, continuing: footage, model: folder, defaults: defaults, fps: rate,
                device: device, dtype: dtype, output: output,
                enhancement: third.map { (try enhancing.settings($0.defaults), preview) })
            manifest.watch = reviewer?.settings
            try manifestFile.begin(manifest)
            // Large files take minutes, and nothing waits for them before the end.
            hashes = Task.detached { [enhance] in
                try folder.weightHashes(for: enhance ? [.generation, .enhancement] : [.generation])
            }
            try await generator.load(continuing: footage)
            try await third?.load()
        } catch {
            try? await writer.finish()  // without a frame: takes a new folder away again
            try? await enhancement?.writer.finish()
            manifestFile.remove()
            throw error
        }
        manifest.secondsToFirstStep = launch + (ContinuousClock.now - begin) / .seconds(1)
        Terminal.message(
            "seed \(request.seed), writing \(output)" + (enhance ? " and \(preview)" : ""))

        let run = GenerationRun(
            generator: generator, request: request, footage: footage, writer: writer,
            manifest: manifest, manifestFile: manifestFile, monitor: monitor, reviewer: reviewer,
            timeline: timeline,
            enhancement: enhancement)
        var (finished, failure) = await run.run()
        // A weight file that went away meanwhile must not cost the manifest of a finished video.
        let hashed = await hashes.result
        finished.weights = (try? hashed.get()) ?? [:]
        finished.peakMemory = ProcessMemory.peak()
        // Without a frame there is no output, or still the one that should have been replaced.
        let written = Result {
            guard finished.framesWritten > 0 || enhance && !finished.chunks.isEmpty else {
                return manifestFile.remove()
            }
            try manifestFile.end(finished)
        }
        let traced = Result { try write(timeline) }
        let printed = Result { if json { try Terminal.output(finished.json()) } }
        if let failure { throw failure }
        try written.get()
        try printed.get()
        _ = try hashed.get()
        try traced.get()
        Terminal.message(
            "\(finished.framesWritten) frames in \(Terminal.duration(finished.seconds)), "
                + "\(Terminal.number(finished.framesPerSecond)) frames/s: \(output)")
        switch finished.outcome {
        case .interrupted: throw ExitCode(ExitStatus.interrupted.rawValue)
        case .stopped: throw ExitCode(ExitStatus.stopped.rawValue)
        case .complete, .failed, .running: break
        }
    }

    /// The timeline, if one is wanted; a file that cannot be written is found now.
    private func timeline() throws -> Timeline? {
        guard let trace else { return nil }
        guard !dryRun else {
            throw GenerationError.invalidOption("--trace", "needs a run; --dry-run makes nothing")
        }
        try requirePlace(for: trace, overwrite: overwrite)
        return Timeline()
    }

    /// Writes the timeline and says what the time went into.
    private func write(_ timeline: Timeline?) throws {
        guard let timeline, let trace else { return }
        try timeline.write(to: URL(fileURLWithPath: trace))
        let parts = timeline.totals.map { "\($0.name) \(Terminal.number($0.seconds)) s" }
        Terminal.message(
            "\(parts.joined(separator: ", ")); \(Terminal.number(timeline.busyCores)) cores busy: "
                + "\(trace)")
    }

    /// Prints what would run; what has no room is not timed, and refused.
    private func plan(
        _ request: GenerationRequest, continuing footage: Footage?, _ generator: VideoGenerator,
        output: String
    ) async throws {
        guard !enhance else {
            throw GenerationError.invalidOption(
                "--dry-run", "tells nothing about --enhance; ask without it")
        }
        var plan = try await generator.generationPlan(
            for: request, continuing: footage, output: output)
        var failure: (any Error)?
        do {
            try await generator.requireRoom(
                for: request, continuing: footage, plan, output: output)
            plan = try await generator.generationPlan(
                for: request, continuing: footage, output: output, measuresTime: true)
        } catch {
            failure = error
        }
        if json { try Terminal.printJSON(plan) } else { try Terminal.print(PlanReport(plan).lines) }
        if let failure { throw failure }
    }

    private func request() throws -> GenerationRequest {
        var request = try prompts.request(seed: seed ?? UInt64.random(in: 0..<1 << 32))
        try sampling.apply(to: &request)
        guard frames == nil || !endless else {
            throw GenerationError.invalidOption("--frames", "cannot be combined with --endless")
        }
        request.frames = endless ? nil : frames ?? 24
        return request
    }

    /// What the third stage is asked for: the same prompt and seed, and the enhancer's defaults.
    private func enhancementRequest(_ request: GenerationRequest) -> EnhancementRequest {
        var enhancing = EnhancementRequest(prompt: request.prompt, seed: request.seed)
        enhancing.negativePrompt = request.negativePrompt
        enhancing.truncatesPrompt = request.truncatesPrompt
        return enhancing
    }

    /// The video before it is enhanced lies beside the output: `car.preview.mp4`, `frames.preview/`.
    static func previewPath(_ output: String) -> String {
        let path = output.withoutTrailingSlashes
        let name = path as NSString
        guard path == output,
            VideoOutput.knownExtensions.contains("." + name.pathExtension.lowercased())
        else { return path + ".preview/" }
        return "\(name.deletingPathExtension).preview.\(name.pathExtension)"
    }

    private static func defaultOutput() -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "yyyyMMdd-HHmmss"
        return "video-\(formatter.string(from: Date())).mp4"
    }
}
