import Foundation
import TestSupport
import StreamingT2V

@testable import Training

/// All stages trained in one go, once for all tests.
struct StraightRun: Sendable {
    static let steps = 5
    static let size = 32

    let recipe: Recipe
    let folder: Scratch
    /// The model's files after each stage.
    let models: [StageName: URL]

    var model: ModelFolder { ModelFolder(folder.url("run/model")) }

    private static let task = Task {
        atexit { StraightRun.removeAll() }
        return try await make()
    }

    static var shared: StraightRun {
        get async throws { try await task.value }
    }

    private static let shelf = FileManager.default.temporaryDirectory
        .appending(path: "training-straight-\(getpid())")

    private static func removeAll() { try? FileManager.default.removeItem(at: shelf) }

    private static func make() async throws -> StraightRun {
        let recipe = try TinyRecipe.make(steps: steps, size: size)
        let folder = try Scratch(at: shelf.appending(path: "work"))
        let run = folder.url("run")
        var models: [StageName: URL] = [:]
        for stage in StageName.allCases {
            let trainer = try recipe.trainer(run)
            try await trainer.train(stage) { _ in }
            let copy = shelf.appending(path: stage.rawValue)
            try FileManager.default.copyItem(at: trainer.model.url, to: copy)
            models[stage] = copy
        }
        return StraightRun(recipe: recipe, folder: folder, models: models)
    }
}
