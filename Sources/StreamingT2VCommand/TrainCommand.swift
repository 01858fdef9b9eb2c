import ArgumentParser
import Foundations
import Foundation
import StreamingT2V
import Torch
import Training

/// `streamingt2v train`: trains a model by a recipe, or one stage of it.
struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Trains a model by a recipe; continues where an earlier run stopped.")

    @Option(help: "The recipe (JSON).")
    var recipe: String

    @Option(name: .shortAndLong, help: "Folder for checkpoints, logs and the model.")
    var output: String

    @Option(
        help: "Train only one stage: \(StageName.allCases.map(\.rawValue).joined(separator: ", "))."
    )
    var stage: String?

    @Option(help: "A folder of clips with captions.jsonl instead of the drawn world.")
    var data: String?

    @Option(help: "A model folder to start from, with fresh optimizer state.")
    var from: String?

    @Option(help: "Threads per operation; one per available processor if omitted.")
    var threads: Int?

    @Option(
        help: "Parts of a batch computed at once; for small models one per core with --threads 1."
    )
    var workers = 1

    func run() async throws {
        try await reportingFailure {
            try InvalidField.require("workers", workers, in: 1...256)
            try ModelOptions.start(threads: threads)
            let recipe = try Recipe(url: URL(fileURLWithPath: recipe))
            let start = try from.map(Self.model)
            let (source, unseen) = try sources(recipe)
            let trainer = Trainer(
                recipe: recipe, run: URL(fileURLWithPath: output), source: source, unseen: unseen,
                start: start, workers: workers)
            var stages = recipe.stages.map(\.stage)
            if let stage {
                guard let name = StageName(rawValue: stage) else {
                    throw TrainingError.invalidRecipe(
                        "there is no stage '\(stage)'; stages are "
                            + StageName.allCases.map(\.rawValue).joined(separator: ", "))
                }
                stages = [name]
            }
            let work = Task { [stages] in
                for name in stages { try await trainer.train(name) { Self.show($0) } }
            }
            let watcher = InterruptWatcher { work.cancel() }
            try await work.value
            withExtendedLifetime(watcher) {}
            try Terminal.print([trainer.model.url.path])
        }
    }

    /// A model to start from, which may lack what the stages are to make.
    private static func model(_ path: String) throws -> ModelFolder {
        let folder = ModelFolder(URL(fileURLWithPath: path))
        guard ModelFolder.Component.allCases.contains(where: { folder.has($0) }) else {
            throw GenerationError.notAModel(folder: path, missing: "every part")
        }
        return folder
    }

    private func sources(_ recipe: Recipe) throws -> (any ClipSource, any ClipSource) {
        if let data {
            let folder = URL(fileURLWithPath: data)
            return (
                try FolderSource(folder: folder, size: recipe.size, part: .training),
                try FolderSource(folder: folder, size: recipe.size, part: .validation)
            )
        }
        return (
            try JourneysSource(size: recipe.size, seed: recipe.seed, split: .training),
            try JourneysSource(size: recipe.size, seed: recipe.seed &+ 1, split: .training)
        )
    }

    private static func show(_ progress: Trainer.Progress) {
        let left =
            progress.seconds / Double(max(progress.step, 1))
            * Double(progress.steps - progress.step)
        var line =
            "\(progress.stage.rawValue)  \(Terminal.bar(Double(progress.step) / Double(progress.steps)))"
            + "  \(progress.step)/\(progress.steps)  loss \(Terminal.number(progress.loss, decimals: 4))"
            + "  \(Terminal.number(progress.samplesPerSecond)) clips/s  \(Terminal.duration(left)) left"
        if let figures = progress.figures {
            for (name, value) in figures.sorted(by: { $0.key < $1.key }) {
                line += "  \(name) \(Terminal.number(value, decimals: 3))"
            }
        }
        Terminal.progress(line, isFinal: progress.figures != nil)
    }
}
