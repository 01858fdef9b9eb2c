import Foundation
import TestSupport
import Testing
import Torch
import TorchNN

@testable import Training

/// A batch in parts is the same batch.
@Suite struct BatchWorkersTests {
    /// Loss and gradients do not depend on the number of workers, but for the rounding of sums.
    @Test(arguments: [StageName.autoencoder, .frames, .cam, .apm, .enhancer])
    func workersDoNotChangeTheGradients(name: StageName) async throws {
        let (loss, gradients) = try await self.gradients(name, workers: 1)
        #expect(gradients.count > 20)
        for workers in [2, 3] {
            let (otherLoss, others) = try await self.gradients(name, workers: workers)
            #expect(abs(loss - otherLoss) < 1e-5 * max(loss, 1))
            #expect(Set(others.keys) == Set(gradients.keys))
            for (path, values) in gradients {
                let other = try #require(others[path])
                let scale = values.map(abs).max() ?? 0
                let difference = zip(values, other).map { abs($0 - $1) }.max() ?? 0
                #expect(difference <= 2e-4 * scale + 1e-6, "\(path): \(difference) of \(scale)")
            }
        }
    }

    private func gradients(
        _ name: StageName, workers: Int
    ) async throws -> (Double, [String: [Float]]) {
        let straight = try await StraightRun.shared
        let settings = try #require(straight.recipe.stages.first { $0.stage == name })
        let stage = try StageFactory(
            recipe: straight.recipe, settings: settings, model: straight.model,
            start: straight.model, captions: []
        ).make()
        return try await gradients(of: stage, workers: BatchWorkers(count: workers))
    }

    private func gradients<Stage: TrainingStage>(
        of stage: Stage, workers: BatchWorkers
    ) async throws -> (Double, [String: [Float]]) {
        let source = try JourneysSource(size: StraightRun.size, seed: 5, split: .training)
        var clips: [TrainingClip] = []
        for index in 0..<3 {
            clips.append(
                try await source.clip(
                    index: index, frameCount: stage.frameCount, withLarge: stage.needsLargeFrames))
        }
        for (_, parameter) in stage.trainable { try parameter.setTrainable(true) }
        let samples = try workers.samples(stage, of: clips)
        let loss = try workers.backward(stage, samples, step: 3)
        var gradients: [String: [Float]] = [:]
        for (path, parameter) in stage.trainable {
            gradients[path] = try parameter.value.gradient()?.values()
        }
        return (loss, gradients)
    }

    /// Two workers give the same bits in every run, also if the run is broken off.
    @Test func twoWorkersResumeBitForBit() async throws {
        let recipe = try TinyRecipe.make([.autoencoder], steps: 6).withStages {
            $0.checkpointEvery = 3
        }
        let (whole, parts) = (try Scratch(), try Scratch())
        try await recipe.trainer(whole.folder, workers: 2).train(.autoencoder) { _ in }
        let failing = try recipe.trainer(
            parts.folder, source: BreakingSource(recipe, at: 8, .failure), workers: 2)
        await #expect(throws: BreakingSource.Broken.self) {
            try await failing.train(.autoencoder) { _ in }
        }
        try await recipe.trainer(parts.folder, workers: 2).train(.autoencoder) { _ in }
        let name = "autoencoder/checkpoint.safetensors"
        #expect(try differences(whole.url(name), parts.url(name)) == [])
    }
}
