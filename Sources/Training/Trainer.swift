public import Foundation
import Foundations
public import StreamingT2V
import Torch
import TorchNN
import VideoIO

/// Runs the stages of a recipe on a thread of its own.
public actor Trainer {
    private let executor = ModelExecutor(name: "trainer")

    /// The thread that owns all networks and tensors.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// Where a stage stands, for whoever watches.
    public struct Progress: Sendable {
        /// The stage.
        public let stage: StageName
        /// Steps done.
        public let step: Int
        /// Steps in all.
        public let steps: Int
        /// Loss, averaged over the steps since the last report.
        public let loss: Double
        /// Clips per second.
        public let samplesPerSecond: Double
        /// Figures of the last validation, if there was one in this step.
        public let figures: [String: Double]?
        /// Seconds of training behind this step, over all sessions.
        public let seconds: Double

        init(_ entry: TrainingLogEntry, steps: Int, stage: StageName) {
            self.stage = stage
            step = entry.step
            self.steps = steps
            loss = entry.loss
            samplesPerSecond = entry.samplesPerSecond
            figures = entry.figures
            seconds = entry.seconds
        }
    }

    private let recipe: Recipe
    private let run: URL
    private let source: any ClipSource
    private let unseen: any ClipSource
    private let start: ModelFolder?
    private let workers: BatchWorkers

    /// - Parameters:
    ///   - recipe: what to train.
    ///   - run: folder for checkpoints, logs and the model.
    ///   - source: training clips.
    ///   - unseen: clips for validation.
    ///   - start: a model to continue from with fresh optimizer state, or `nil`.
    ///   - workers: parts of a batch that are computed at once; a run resumes bit-exactly with the same number, of at
    ///     most 2.
    public init(
        recipe: Recipe, run: URL, source: any ClipSource, unseen: any ClipSource,
        start: ModelFolder?, workers: Int = 1
    ) {
        self.recipe = recipe
        self.run = run
        self.source = source
        self.unseen = unseen
        self.start = start
        self.workers = BatchWorkers(count: workers)
    }

    /// Where the trained model is written.
    public nonisolated var model: ModelFolder { ModelFolder(run.appendingPathComponent("model")) }

    /// Trains one stage to its last step, from its checkpoint if there is one.
    ///
    /// - Parameters:
    ///   - name: the stage, which must be in the recipe.
    ///   - report: is told every few steps.
    public func train(
        _ name: StageName, report: @Sendable (Progress) -> Void
    ) async throws {
        guard let settings = recipe.stages.first(where: { $0.stage == name }) else {
            throw TrainingError.invalidRecipe("has no stage \(name.rawValue)")
        }
        let folder = run.appendingPathComponent(name.rawValue)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(at: model.url, withIntermediateDirectories: true)
        let lock = try lock()
        defer { lock.release() }
        let captions = try await source.captions(count: 4096)
        let stage = try StageFactory(
            recipe: recipe, settings: settings, model: model, start: start, captions: captions
        ).make()
        try await run(stage, settings: settings, folder: folder, report: report)
    }

    /// Keeps other processes from training in the same folder.
    private func lock() throws(TrainingError) -> FileLock {
        do {
            return try FileLock(inside: run)
        } catch {
            throw .unusableFolder(path: run.path, reason: error.reason)
        }
    }

    private func run<Stage: TrainingStage>(
        _ stage: Stage, settings: StageSettings, folder: URL, report: @Sendable (Progress) -> Void
    ) async throws {
        for (_, parameter) in stage.trainable { try parameter.setTrainable(true) }
        let optimizer = try AdamW(stage.trainable, configuration: settings.optimizer)
        let average = try ExponentialMovingAverage(stage.trainable, decay: settings.averageDecay)
        let checkpoint = StageCheckpoint(
            file: folder.appendingPathComponent("checkpoint.safetensors"))
        var position =
            try checkpoint.restore(settings: settings, optimizer: optimizer, average: average)
            ?? StageCheckpoint.Position()
        var log = try TrainingLog(
            file: folder.appendingPathComponent("log.jsonl"), upTo: position.step)
        let examiner = try await examiner(stage, average, folder: folder)
        var cache: [Int: Stage.Sample] = [:]
        var window = TrainingWindow()
        while position.step < settings.steps {
            if Task.isCancelled {  // what was learned since the last checkpoint is not lost
                try checkpoint.save(
                    position, settings: settings, optimizer: optimizer, average: average)
                throw CancellationError()
            }
            let clock = ContinuousClock.now
            let samples = try await batch(stage, settings, step: position.step, cache: &cache)
            let rate = settings.rate(step: position.step)
            let value = try workers.backward(stage, samples, step: position.step)
            guard value.isFinite else {
                throw TrainingError.diverged(stage: settings.stage, step: position.step)
            }
            let norm = try optimizer.step(learningRate: rate)
            guard norm.isFinite else {  // a finite loss may have gradients that are not
                throw TrainingError.diverged(stage: settings.stage, step: position.step)
            }
            try average.update(step: position.step)
            position.step += 1
            let seconds = (ContinuousClock.now - clock) / .seconds(1)
            position.seconds += seconds
            window.add(loss: value, norm: norm, seconds: seconds)

            let isLast = position.step == settings.steps
            let isValidation = position.step % settings.validateEvery == 0 || isLast
            if isValidation || window.count == 25 {
                let figures = try isValidation ? examiner.examine(step: position.step) : nil
                if isValidation { try examiner.export(to: model, figures: figures ?? [:]) }
                let entry = window.entry(
                    settings: settings, position: position, rate: rate, figures: figures)
                try log.append(entry)
                if isValidation {
                    try log.plot().writePNG(to: folder.appendingPathComponent("loss.png"))
                }
                report(Progress(entry, steps: settings.steps, stage: settings.stage))
                window = TrainingWindow()
            }
            if position.step % settings.checkpointEvery == 0 || isLast {
                try checkpoint.save(
                    position, settings: settings, optimizer: optimizer, average: average)
            }
        }
    }

    /// Draws the validation clips, always the same.
    private func examiner<Stage: TrainingStage>(
        _ stage: Stage, _ average: ExponentialMovingAverage, folder: URL
    ) async throws -> StageExaminer<Stage> {
        var clips: [TrainingClip] = []
        for index in 0..<recipe.validationClips {
            clips.append(
                try await unseen.clip(
                    index: index, frameCount: stage.frameCount, withLarge: stage.needsLargeFrames))
        }
        return try StageExaminer(stage: stage, average: average, clips: clips, folder: folder)
    }

    /// The samples of a step; with a limited number of clips each is read once.
    private func batch<Stage: TrainingStage>(
        _ stage: Stage, _ settings: StageSettings, step: Int, cache: inout [Int: Stage.Sample]
    ) async throws -> [Stage.Sample] {
        let indices = (0..<settings.batch).map { slot in
            let serial = step * settings.batch + slot
            return settings.clips > 0 ? serial % settings.clips : serial
        }
        let missing = Set(indices).subtracting(cache.keys).sorted()
        let clips = try await clips(
            missing, frameCount: stage.frameCount, withLarge: stage.needsLargeFrames)
        for (index, sample) in zip(missing, try workers.samples(stage, of: clips)) {
            cache[index] = sample
        }
        defer { if settings.clips == 0 { cache = [:] } }
        return indices.compactMap { cache[$0] }
    }

    /// Reads clips, as many at once as there are workers.
    private func clips(
        _ indices: [Int], frameCount: Int, withLarge: Bool
    ) async throws -> [TrainingClip] {
        let source = source
        @Sendable func read(_ indices: ArraySlice<Int>) async throws -> [TrainingClip] {
            var clips: [TrainingClip] = []
            for index in indices {
                clips.append(
                    try await source.clip(
                        index: index, frameCount: frameCount, withLarge: withLarge))
            }
            return clips
        }
        guard workers.count > 1, indices.count > 1 else { return try await read(indices[...]) }
        let parts = ParallelParts.ranges(of: indices.count, workers.count)
        return try await withThrowingTaskGroup(of: (Int, [TrainingClip]).self) { group in
            for (number, part) in parts.enumerated() {
                group.addTask { (number, try await read(indices[part])) }
            }
            var found: [Int: [TrainingClip]] = [:]
            for try await (number, clips) in group { found[number] = clips }
            return parts.indices.flatMap { found[$0] ?? [] }
        }
    }
}
