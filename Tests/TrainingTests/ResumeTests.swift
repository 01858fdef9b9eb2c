import Checkpoints
import Foundation
import TestSupport
import Testing

@testable import Training

/// A training that was broken off goes on as if it had never stopped.
@Suite struct ResumeTests {
    /// An error throws every stage back to its last checkpoint.
    @Test func everyStageContinuesBitForBit() async throws {
        let straight = try await StraightRun.shared
        let folder = try Scratch()
        // Validations in between, which the straight run does not have, must leave no trace.
        let recipe = straight.recipe.withStages {
            $0.checkpointEvery = 3
            $0.validateEvery = 3
        }
        for stage in StageName.allCases {
            let failing = try recipe.trainer(
                folder.folder, source: BreakingSource(recipe, at: 8, .failure))
            await #expect(throws: BreakingSource.Broken.self) {
                try await failing.train(stage) { _ in }
            }
            #expect(try step(of: stage, in: folder) == 3)

            try await recipe.trainer(folder.folder).train(stage) { _ in }
            #expect(
                try differences(
                    checkpoint(of: stage, in: folder.folder),
                    checkpoint(of: stage, in: straight.folder.url("run"))) == [])
            let model = try contents(folder.url("model"))
            let expected = try contents(#require(straight.models[stage]))
            #expect(Set(model.keys) == Set(expected.keys))
            #expect(expected.keys.filter { model[$0] != expected[$0] } == [])
        }
    }

    /// A cancelled training saves what it has; which clips of few it had read and kept must not matter.
    @Test func continuesWhereItWasCancelled() async throws {
        let recipe = try TinyRecipe.make([.autoencoder], steps: 5).withStages { $0.clips = 3 }
        let (whole, parts) = (try Scratch(), try Scratch())
        try await recipe.trainer(whole.folder).train(.autoencoder) { _ in }
        let cancelled = try recipe.trainer(
            parts.folder, source: BreakingSource(recipe, at: 2, .cancellation))
        let task = Task { try await cancelled.train(.autoencoder) { _ in } }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try step(of: .autoencoder, in: parts) == 2)
        try await recipe.trainer(parts.folder).train(.autoencoder) { _ in }
        #expect(
            try differences(
                checkpoint(of: .autoencoder, in: whole.folder),
                checkpoint(of: .autoencoder, in: parts.folder)) == [])
    }

    @Test func anotherSeedGivesAnotherModel() async throws {
        let recipe = try TinyRecipe.make([.autoencoder], steps: 1)
        var other = recipe
        other.seed += 1
        let (first, second) = (try Scratch(), try Scratch())
        try await recipe.trainer(first.folder).train(.autoencoder) { _ in }
        try await other.trainer(second.folder).train(.autoencoder) { _ in }
        let different = try differences(
            checkpoint(of: .autoencoder, in: first.folder),
            checkpoint(of: .autoencoder, in: second.folder))
        #expect(different.contains("value.decoder.convOut.weight"))
    }

    /// A finished stage is left as it is.
    @Test func aFinishedStageDoesNothing() async throws {
        let recipe = try TinyRecipe.make([.autoencoder], steps: 1)
        let folder = try Scratch()
        try await recipe.trainer(folder.folder).train(.autoencoder) { _ in }
        let before = try contents(folder.folder)
        try await recipe.trainer(folder.folder).train(.autoencoder) { _ in
            Issue.record("a step was made")
        }
        #expect(try contents(folder.folder) == before)
    }

    private func checkpoint(of stage: StageName, in run: URL) -> URL {
        run.appending(path: "\(stage.rawValue)/checkpoint.safetensors")
    }

    private func step(of stage: StageName, in folder: Scratch) throws -> Int? {
        let file = try SafetensorsFile(url: checkpoint(of: stage, in: folder.folder))
        return file.metadata["step"].flatMap(Int.init)
    }
}
