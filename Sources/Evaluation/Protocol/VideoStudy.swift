public import Foundation
import Foundations
public import StreamingT2V
public import Torch
import VideoIO

/// Generates videos and measures each while it is made: of the frames only the last one stays in memory.
public struct VideoStudy {
    /// Where a study stands.
    public struct Progress: Sendable, Hashable {
        /// Number of the video in work, from 0, among those that are made.
        public let video: Int
        /// Videos that are made.
        public let videos: Int
        /// Videos that an earlier run had finished.
        public let finishedBefore: Int
        /// Frames that are measured.
        public let frames: Int
        /// Frames of all videos that are made.
        public let totalFrames: Int
    }

    /// What is measured: everything that needs neither a reference nor the drawn world.
    public static let metrics = [
        "cuts", "flicker", "borders", "freeze", "motion", "drift", "repetition", "clip", "mawe",
    ]

    /// What the numbers depend on besides prompt, seed and length.
    public let settings: StudySettings

    private let models: EvaluationModels
    private let kinds: [MetricKind]
    private let skipped: [VideoResult.Skipped]
    private let borders: ChunkBorders
    /// Makes a video, gives its chunks to the sink, and keeps it where that is wanted.
    typealias Make = (GenerationRequest, VideoDestination?, any ChunkSink) async throws -> Void

    private let make: Make
    private let check: (GenerationRequest) async throws -> Void
    private var journal: StudyJournal?
    private let keeper: StudyKeeper?

    /// A study of a model.
    ///
    /// A model without a CLIP pair of its own gets no CLIP score; each video's ``StudyVideo/skipped`` says so.
    ///
    /// - Parameters:
    ///   - folder: the model.
    ///   - device: where the model runs.
    ///   - dtype: what its convolutions and matrix products compute in.
    ///   - truncatesPrompts: whether prompts that are too long are cut; else they are refused.
    ///   - flowWeights: weights of RAFT; `nil` for dense inverse search.
    ///   - journal: the file of finished videos, `videos.jsonl`, read and continued; `nil` to remember nothing.
    ///   - keep: a folder for the videos; `nil` to keep none.
    public init(
        model folder: ModelFolder, device: Device, dtype: DType, truncatesPrompts: Bool = false,
        flowWeights: URL? = nil, journal: URL? = nil, keep: URL? = nil
    ) throws {
        let generator = try VideoGenerator(model: folder, device: device, dtype: dtype)
        let models = EvaluationModels(model: folder, flowWeights: flowWeights) { _ in }
        var names = Self.metrics
        var skipped: [VideoResult.Skipped] = []
        do {
            _ = try models.clipPair()
        } catch let error as EvaluationError {
            guard case .noImageTextPair = error else { throw error }
            names.removeAll { $0 == "clip" }
            skipped.append(.init(metric: "clip", reason: "\(error)"))
        }
        let plan = generator.plan()
        try self.init(
            settings: StudySettings(
                version: streamingT2VVersion, model: folder.url.lastPathComponent,
                weights: try folder.weightHashes(), sampling: generator.defaults.sampling,
                device: "\(device)", dtype: "\(dtype)", flow: try models.opticalFlow().name,
                metrics: names, truncatesPrompts: truncatesPrompts),
            models: models, skipped: skipped,
            borders: try ChunkBorders(
                chunkFrames: plan.firstFrames, overlap: plan.firstFrames - plan.addedFrames),
            journal: journal,
            keeper: keep.map(StudyKeeper.init),
            check: { _ = try await generator.prepare($0) },
            make: { request, destination, sink in
                let job = try await GenerationJob(
                    generator.prepare(request), on: generator, to: destination, sinks: [sink])
                let (manifest, failure) = await job.run()
                if let failure { throw failure }
                if manifest.outcome == .interrupted { throw CancellationError() }
            })
    }

    init(
        settings: StudySettings, models: EvaluationModels, skipped: [VideoResult.Skipped] = [],
        borders: ChunkBorders, journal: URL?, keeper: StudyKeeper? = nil,
        check: @escaping (GenerationRequest) async throws -> Void = { _ in },
        make: @escaping Make
    ) throws {
        self.settings = settings
        self.models = models
        self.skipped = skipped
        self.borders = borders
        self.keeper = keeper
        self.check = check
        self.make = make
        kinds = try MetricKind.named(settings.metrics)
        self.journal = try journal.map { try StudyJournal(file: $0) }
    }

    /// Makes and measures videos, but not those that the journal has with the same settings.
    ///
    /// - Parameter progress: is told after each chunk.
    /// - Returns: one entry per task, in their order.
    /// - Throws: `EvaluationError.unusablePrompt` before any work, and what generating and measuring throw; finished
    ///   videos stay in the journal.
    public mutating func run(
        _ tasks: [StudyTask], progress: @escaping @Sendable (Progress) -> Void = { _ in }
    ) async throws -> [StudyVideo] {
        for task in tasks {
            do { try await check(request(task)) } catch let error as any Failure
                where error.kind == .badRequest
            {
                throw EvaluationError.unusablePrompt(number: task.index + 1, reason: "\(error)")
            }
        }
        let before = tasks.map(finishedVideo)
        let total = zip(tasks, before).reduce(0) { $0 + ($1.1 == nil ? $1.0.frames : 0) }
        let finishedBefore = before.count { $0 != nil }
        var videos: [StudyVideo] = []
        var (made, frames) = (0, 0)
        for (task, finished) in zip(tasks, before) {
            if let finished {
                videos.append(finished)
                continue
            }
            let video = try await measure(task) { [made, frames] count in
                progress(
                    Progress(
                        video: made, videos: tasks.count - finishedBefore,
                        finishedBefore: finishedBefore, frames: frames + count,
                        totalFrames: total))
            }
            try journal?.append(video)
            videos.append(video)
            made += 1
            frames += task.frames
        }
        return videos
    }

    private func request(_ task: StudyTask) -> GenerationRequest {
        task.request(truncates: settings.truncatesPrompts)
    }

    private func finishedVideo(_ task: StudyTask) -> StudyVideo? {
        guard keeper?.has(task) ?? true else { return nil }
        return journal?.video(of: task, settings)
    }

    private func measure(
        _ task: StudyTask, progress: @escaping @Sendable (Int) -> Void
    ) async throws -> StudyVideo {
        var context = MetricContext(
            info: VideoInfo(
                width: settings.sampling.width, height: settings.sampling.height,
                framesPerSecond: nil, frameCount: nil, duration: nil),
            models: models)
        context.prompt = task.prompt
        context.truncatesPrompt = settings.truncatesPrompts
        context.borders = borders
        let sink = StudyMeasurement(
            try FrameMeasurement(kinds: kinds, context: context), progress: progress)
        try await make(request(task), keeper?.destination(task), sink)
        let (measurement, results, costs) = try sink.finish()
        let curves =
            Self.cutCurves(results, frames: measurement.frameCount) + results.flatMap(\.curves)
            + [
                MetricCurve("seconds_per_frame", unit: "s", costs.seconds),
                MetricCurve("resident_memory", unit: "MiB", costs.memory),
            ]
        return StudyVideo(
            task: task, settings: settings,
            figures: results.flatMap(\.figures),
            details: Dictionary(uniqueKeysWithValues: results.map { ($0.metric, $0.settings) }),
            skipped: skipped + measurement.skipped, curves: curves.map(StudyCurve.init),
            denoisingSeconds: costs.denoising, decodingSeconds: costs.decoding,
            measuringSeconds: costs.measuring, peakMemory: costs.peak)
    }

    /// Scene cuts over time, as a rate whose mean over a stretch is cuts per 240 frames.
    private static func cutCurves(_ results: [MetricResult], frames: Int) -> [MetricCurve] {
        results.filter { $0.metric == SceneCutsMetric.kind.name }.map { result in
            let cuts = Set(result.marks)
            return MetricCurve(
                "cuts", unit: "per 240 frames",
                (0..<frames).map { cuts.contains($0) ? 240 : 0 })
        }
    }
}
