import Checkpoints
import Foundation
import Schedulers
import StreamingT2V
import Testing
import Torch
import TorchNN
import VideoModels

@testable import Training

/// Training for few steps.
@Suite struct DistillationStageTests {
    /// Makes the stage as the trainer does, on what the shared run made before it.
    private func stage(
        steps: Int? = 2, rank: Int? = nil, start: ModelFolder? = nil
    ) async throws -> DistillationStage {
        let straight = try await StraightRun.shared
        var settings = try #require(straight.recipe.stages.first { $0.stage == .distillation })
        (settings.studentSteps, settings.rank) = (steps, rank)
        let trained = ModelFolder(try #require(straight.models[.apm]))
        let empty = ModelFolder(straight.folder.url("nothing"))
        let made = try StageFactory(
            recipe: straight.recipe, settings: settings, model: start == nil ? trained : empty,
            start: start, captions: []
        ).make()
        return try #require(made as? DistillationStage)
    }

    private func sample(_ stage: DistillationStage) async throws -> DistillationStage.Sample {
        try stage.sample(
            await JourneysSource(size: StraightRun.size, seed: 3, split: .training)
                .clip(index: 1, frameCount: stage.frameCount))
    }

    /// Whoever predicts the targets arrives, in the student's steps, where the teacher did in its own.
    @Test func targetsLeadToTheTeachersFrames() async throws {
        let stage = try await stage(steps: 4)
        let chunks = try await sample(stage).chunks
        #expect(chunks.count == 3)
        let configuration = try ModelFolder(
            #require(try await StraightRun.shared.models[.apm])
        ).scheduler()
        let scheduler = DPMSolverScheduler(configuration, steps: 4)
        for (number, chunk) in chunks.enumerated() {
            let known = number == 0 ? 0 : 8
            #expect((chunk.known == nil) == (number == 0))
            #expect(chunk.condition?.shape == (number == 0 ? nil : [8, 3, 32, 32]))
            var history = DPMSolverScheduler.History()
            var state = try chunk.samples.slice(0, 0..<1)
            for index in 0..<4 {
                let sample = try chunk.samples.slice(0, index..<index + 1)
                // Up to the frames that are put in, the student's own way.
                let strayed = try (sample - state).slice(2, known..<16)
                #expect(try strayed.absolute().maximum().item() < 1e-3)
                state = try scheduler.step(
                    sample, prediction: chunk.targets.slice(0, index..<index + 1), at: index,
                    history: &history)
            }
            let missed = try (state - chunk.latents).slice(2, known..<16)
            #expect(try missed.absolute().maximum().item() < 1e-3)
            if number > 0 {
                let kept =
                    try chunk.latents.slice(2, 0..<8)
                    - chunks[number - 1].latents.slice(2, 8..<16)
                #expect(try kept.absolute().maximum().item() < 1e-5)
            }
        }
    }

    /// What learns is thin matrices, and they bring the student nearer to the teacher.
    @Test func learns() async throws {
        let stage = try await stage(rank: 3)
        let sample = try await sample(stage)
        let all = stage.trainable.reduce(0) { $0 + $1.parameter.shape.reduce(1, *) }
        #expect(all > 10_000 && all < 1_500_000)
        #expect(stage.trainable.allSatisfy { $0.parameter.shape.contains { $0 <= 3 } })
        #expect(stage.trainable.allSatisfy { $0.path.contains(".lora_") })
        for (_, parameter) in stage.trainable { try parameter.setTrainable(true) }
        let before = try stage.validate([sample])
        let optimizer = try AdamW(stage.trainable, configuration: .init())
        for step in 0..<12 {
            try stage.loss([sample], step: step, firstSlot: 0).backward()
            _ = try optimizer.step(learningRate: 0.002)
        }
        let after = try stage.validate([sample])
        for figure in ["validation_loss", "distance"] {
            #expect(try #require(after[figure]) < 0.9 * #require(before[figure]))
        }
    }

    /// The folder that is written makes the model take the student's steps with the changed weights.
    @Test func writesAModelOfFewSteps() async throws {
        let straight = try await StraightRun.shared
        let distilled = try straight.model.distilled()
        let defaults = try distilled.generationDefaults()
        #expect(defaults.sampling.steps == 4 && defaults.sampling.firstSteps == 4)
        #expect(defaults.sampling.guidanceScale == 1 && defaults.sampling.firstGuidanceScale == 1)
        #expect(defaults.sampling.join == .keep && defaults.sampling.width == StraightRun.size)
        let sizes = try straight.model.streamingConfiguration()
        let changed = zip(
            try straight.model.unet(streaming: sizes).parameters(),
            try distilled.unet(streaming: sizes).parameters()
        ).filter { before, after in
            (try? (before.parameter.value - after.parameter.value).absolute().maximum().item())
                != 0
        }.map(\.0)
        // Every layer has a change, nothing but weights; a few steps leave hardly one of them without effect.
        let extractor = try straight.model.conditioning(sizes).extractor
        let layers = try straight.model.unet(streaming: sizes).parameters()
            .filter { $0.parameter.shape.count > 1 }.count
        let copied = extractor.parameters().count { $0.parameter.shape.count > 1 }
        let names = try openCheckpoint(straight.model.weights(.distilled)).names
        #expect(names.count == 2 * (layers + copied))
        #expect(changed.count > layers * 9 / 10, "\(changed.count) of \(layers)")
        #expect(changed.allSatisfy { $0.parameter.shape.count > 1 })
    }

    /// From a model that has changes, a training goes on with them, if they have the rank that it is to have.
    @Test func goesOnFromTheChangesOfAModel() async throws {
        let model = try await StraightRun.shared.model
        let file = try openCheckpoint(model.weights(.distilled))
        let stage = try await stage(start: model)
        #expect(stage.trainable.count == file.names.count)
        for (path, parameter) in stage.trainable {
            let stored = try file.tensor(path).converted(to: .float32)
            #expect(try (parameter.value - stored).absolute().maximum().item() == 0)
        }
        let error = await trainingError { _ = try await self.stage(rank: 3, start: model) }
        #expect(error?.description.contains("rank of stage distillation must be that of") == true)
    }

    @Test func refusesStepsThatDoNotDivideTheTeachers() async throws {
        for steps in [3, 8, 16] {
            let error = await trainingError { _ = try await stage(steps: steps) }
            #expect(error?.description.contains("must divide the model's steps") == true)
        }
    }
}
