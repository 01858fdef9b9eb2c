import Checkpoints
import Foundation
import Journeys
import StreamingT2V
import TestSupport
import Testing

@testable import Training

/// Recipes that take seconds.
enum TinyRecipe {
    /// The recipe as it stands in a file; a test changes single fields.
    static func fields(
        _ stages: [StageName], steps: Int, size: Int = 32
    ) -> (recipe: [String: any Sendable], stages: [[String: any Sendable]]) {
        let settings = stages.map { stage -> [String: any Sendable] in
            [
                "stage": stage.rawValue, "steps": steps, "batch": 2, "clips": 0,
                "learning_rate": 0.002, "warmup": 2, "average_decay": 0.5, "dtype": "float32",
                "validate_every": 1000, "checkpoint_every": 1000,
            ]
        }
        return (["seed": 11, "size": size, "validation_clips": 1], settings)
    }

    /// Writes a recipe and reads it back.
    static func make(
        _ stages: [StageName] = StageName.allCases, steps: Int, size: Int = 32
    ) throws -> Recipe {
        let (recipe, stages) = fields(stages, steps: steps, size: size)
        return try read(recipe, stages)
    }

    static func read(
        _ recipe: [String: any Sendable], _ stages: [[String: any Sendable]]
    ) throws -> Recipe {
        let folder = try Scratch()
        var whole = recipe
        whole["stages"] = stages
        let file = folder.url("recipe.json")
        try JSONSerialization.data(withJSONObject: whole).write(to: file)
        return try Recipe(url: file)
    }
}

extension Recipe {
    /// A copy in which every stage is changed.
    func withStages(_ change: (inout StageSettings) -> Void) -> Recipe {
        var copy = self
        for index in copy.stages.indices { change(&copy.stages[index]) }
        return copy
    }

    func trainer(
        _ run: URL, source: (any ClipSource)? = nil, start: ModelFolder? = nil, workers: Int = 1
    ) throws -> Trainer {
        Trainer(
            recipe: self, run: run,
            source: try source ?? JourneysSource(size: size, seed: seed, split: .training),
            unseen: try JourneysSource(size: size, seed: seed + 1, split: .training), start: start,
            workers: workers)
    }
}

/// The drawn world, but reading a certain clip breaks the training off.
struct BreakingSource: ClipSource {
    /// What happens at the clip.
    enum Event { case failure, cancellation }

    struct Broken: Error {}

    let base: JourneysSource
    let index: Int
    let event: Event

    var size: Int { base.size }

    init(_ recipe: Recipe, at index: Int, _ event: Event) throws {
        base = try JourneysSource(size: recipe.size, seed: recipe.seed, split: .training)
        self.index = index
        self.event = event
    }

    func clip(index: Int, frameCount: Int, withLarge: Bool) async throws -> TrainingClip {
        if index == self.index {
            switch event {
            case .failure: throw Broken()
            case .cancellation: withUnsafeCurrentTask { $0?.cancel() }
            }
        }
        return try await base.clip(
            index: index, frameCount: frameCount, withLarge: withLarge)
    }

    func captions(count: Int) async throws -> [String] { try await base.captions(count: count) }
}

/// The error that a piece of code throws, if it is one of training.
func trainingError(_ body: () async throws -> Void) async -> TrainingError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? TrainingError
    }
}

/// The names of two files' tensors that differ, and the differing metadata except for the time.
func differences(_ first: URL, _ second: URL) throws -> [String] {
    let (one, two) = (try SafetensorsFile(url: first), try SafetensorsFile(url: second))
    var names = Set(one.entries.keys).symmetricDifference(two.entries.keys)
    for name in one.entries.keys where !names.contains(name) {
        let bytes = try one.withBytes(of: name) { Data($0) }
        if try two.withBytes(of: name, { Data($0) }) != bytes { names.insert(name) }
    }
    for key in Set(one.metadata.keys).union(two.metadata.keys) where key != "seconds" {
        if one.metadata[key] != two.metadata[key] { names.insert("metadata \(key)") }
    }
    return names.sorted()
}

/// All files of a folder with their contents.
func contents(_ folder: URL) throws -> [String: Data] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    var files: [String: Data] = [:]
    for name in names {
        let url = folder.appending(path: name)
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
        if !isFolder.boolValue { files[name] = try Data(contentsOf: url) }
    }
    return files
}
