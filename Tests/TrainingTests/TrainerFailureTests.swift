import Checkpoints
import Foundation
import StreamingT2V
import TestSupport
import Testing
import Torch

@testable import Training

/// What stops a training, and what is left then.
@Suite struct TrainerFailureTests {
    @Test func refusesAStageThatTheRecipeLacks() async throws {
        let folder = try Scratch()
        let trainer = try TinyRecipe.make([.clip], steps: 1).trainer(folder.folder)
        let error = await trainingError { try await trainer.train(.frames) { _ in } }
        #expect(error == .invalidRecipe("has no stage frames"))
    }

    @Test func namesTheStageThatIsMissing() async throws {
        let straight = try await StraightRun.shared
        let cases: [(stage: StageName, made: StageName?, needs: StageName)] = [
            (.frames, nil, .autoencoder), (.frames, .autoencoder, .clip), (.chunks, .clip, .frames),
            (.cam, .clip, .frames), (.apm, .autoencoder, .clip), (.enhancer, nil, .autoencoder),
            (.enhancer, .autoencoder, .clip),
        ]
        for (stage, made, needs) in cases {
            let folder = try Scratch()
            if let made, let model = straight.models[made] {
                try FileManager.default.copyItem(at: model, to: folder.url("model"))
            }
            let trainer = try straight.recipe.trainer(folder.folder)
            let error = await trainingError { try await trainer.train(stage) { _ in } }
            #expect(error == .missingStage(stage: stage, needs: needs.rawValue))
            #expect(error?.description.contains("needs \(needs.rawValue)") == true)
        }
    }

    /// What an earlier run made may be used instead.
    @Test func startsFromAnotherModel() async throws {
        let straight = try await StraightRun.shared
        let folder = try Scratch()
        let recipe = straight.recipe.withStages { $0.steps = 1 }
        let trainer = try recipe.trainer(folder.folder, start: straight.model)
        try await trainer.train(.cam) { _ in }
        #expect(trainer.model.has(.streaming) && !trainer.model.has(.unet))
    }

    @Test func refusesACheckpointOfAnotherStage() async throws {
        let folder = try Scratch()
        let recipe = try TinyRecipe.make([.autoencoder, .clip], steps: 1)
        try await recipe.trainer(folder.folder).train(.autoencoder) { _ in }
        try FileManager.default.createDirectory(
            at: folder.url("clip"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            at: folder.url("autoencoder/checkpoint.safetensors"),
            to: folder.url("clip/checkpoint.safetensors"))
        try await expectForeign(folder, recipe, .clip, "is not a checkpoint of stage clip")
    }

    @Test func refusesACheckpointOfOtherNetworks() async throws {
        let folder = try Scratch()
        let recipe = try TinyRecipe.make([.clip], steps: 1)
        try await recipe.trainer(folder.folder).train(.clip) { _ in }
        var other = recipe
        other.size = 64  // the image transformer has more positions
        try await expectForeign(folder, other, .clip, "does not fit the networks of this recipe")
    }

    @Test func refusesADamagedCheckpoint() async throws {
        let folder = try Scratch()
        let recipe = try TinyRecipe.make([.clip], steps: 2).withStages { $0.checkpointEvery = 1 }
        try await recipe.withStages { $0.steps = 1 }.trainer(folder.folder).train(.clip) { _ in }
        let file = folder.url("clip/checkpoint.safetensors")
        let whole = try Data(contentsOf: file)
        try whole.prefix(whole.count / 2).write(to: file)
        let trainer = try recipe.trainer(folder.folder)
        let error = await #expect(throws: CheckpointError.self) {
            try await trainer.train(.clip) { _ in }
        }
        #expect(error?.description.contains(file.path) == true)
        #expect(try Data(contentsOf: file).count == whole.count / 2)
    }

    private func expectForeign(
        _ folder: Scratch, _ recipe: Recipe, _ stage: StageName, _ reason: String
    ) async throws {
        let file = folder.url("\(stage.rawValue)/checkpoint.safetensors")
        let before = try Data(contentsOf: file)
        let trainer = try recipe.trainer(folder.folder)
        let error = await trainingError { try await trainer.train(stage) { _ in } }
        guard case .foreignCheckpoint(file.path, let told) = error else {
            Issue.record("unexpected: \(String(describing: error))")
            return
        }
        #expect(told.contains(reason))
        #expect(try Data(contentsOf: file) == before)
    }

    /// A huge weight makes the loss infinite or its gradient so; nothing of that is saved.
    @Test(arguments: [Float(1e30), 1e24, .nan]) func stopsWhenTheLossIsNoNumber(
        value: Float
    ) async throws {
        let folder = try Scratch()
        let recipe = try TinyRecipe.make([.autoencoder], steps: 9).withStages {
            $0.checkpointEvery = 1
            $0.validateEvery = 1
        }
        try await recipe.withStages { $0.steps = 2 }.trainer(folder.folder).train(.autoencoder) {
            _ in
        }
        let file = folder.url("autoencoder/checkpoint.safetensors")
        try spoil(file, tensor: "value.decoder.convNormOut.weight", value)
        let before = try contents(folder.folder)
        let trainer = try recipe.trainer(folder.folder)
        let error = await trainingError { try await trainer.train(.autoencoder) { _ in } }
        #expect(error == .diverged(stage: .autoencoder, step: 2))
        #expect(try contents(folder.folder) == before)
    }

    /// The highest learning rate that a recipe may have.
    @Test func anAbsurdLearningRateSavesNoNonsense() async throws {
        let folder = try Scratch()
        let recipe = try TinyRecipe.make([.autoencoder], steps: 20).withStages {
            $0.checkpointEvery = 10
            $0.learningRate = 0.99
            $0.warmup = 0
        }
        let trainer = try recipe.trainer(folder.folder)
        let error = await trainingError { try await trainer.train(.autoencoder) { _ in } }
        if let error {
            guard case .diverged(.autoencoder, _) = error else {
                Issue.record("unexpected: \(error)")
                return
            }
        }
        let file = try SafetensorsFile(url: folder.url("autoencoder/checkpoint.safetensors"))
        for name in file.entries.keys { try file.requireFinite(name) }
    }

    /// Overwrites the first number of a tensor in its file.
    private func spoil(_ url: URL, tensor: String, _ value: Float) throws {
        let archive = try SafetensorsArchive(url: url)
        var tensors: [(name: String, tensor: Tensor)] = []
        for name in archive.entries.keys.sorted() {
            var loaded = try archive.tensor(name)
            if name == tensor {
                loaded = try Tensor.full(loaded.shape, value: Double(value))
            }
            tensors.append((name, loaded))
        }
        let metadata = archive.files.first?.metadata ?? [:]
        try saveTensors(tensors, to: url, metadata: metadata)
    }
}
