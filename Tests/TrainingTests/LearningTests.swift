import Foundation
import StreamingT2V
import TestSupport
import Testing
import Torch
import TorchNN
import VideoModels

@testable import Training

/// Which weights learn in which stage.
@Suite struct LearningTests {
    /// Makes a denoising stage as the trainer does, on what the shared run made before it.
    private func stage(
        _ name: StageName, baseShare: Double? = nil
    ) async throws -> (DenoisingStage, [DenoisingStage.Sample]) {
        let straight = try await StraightRun.shared
        var settings = try #require(straight.recipe.stages.first { $0.stage == name })
        settings.baseShare = baseShare
        let before: [StageName: StageName] = [
            .frames: .clip, .chunks: .frames, .cam: .chunks, .apm: .cam,
        ]
        let model = ModelFolder(try #require(before[name].flatMap { straight.models[$0] }))
        let source = try JourneysSource(size: StraightRun.size, seed: 3, split: .training)
        let made = try StageFactory(
            recipe: straight.recipe, settings: settings, model: model, start: nil, captions: []
        ).make()
        let stage = try #require(made as? DenoisingStage)
        var samples: [DenoisingStage.Sample] = []
        for index in 0..<2 {
            samples.append(
                try stage.sample(
                    await source.clip(index: index, frameCount: stage.frameCount)))
        }
        return (stage, samples)
    }

    /// All weights of a stage's networks by name.
    private func weights(_ stage: DenoisingStage) throws -> [String: [UInt8]] {
        var modules: [(String, any Module)] = [
            ("", stage.pipeline.unet), ("vae.", stage.pipeline.autoencoder),
            ("text.", stage.encoder.text),
        ]
        if let streaming = stage.pipeline.streaming {
            modules += [
                ("extractor.", streaming.extractor), ("projector.", streaming.projector),
                ("images.", streaming.imageEncoder),
            ]
        }
        var all: [String: [UInt8]] = [:]
        for (prefix, module) in modules {
            for (path, parameter) in module.parameters() {
                all[prefix + path] = try parameter.value.detached().bytes()
            }
        }
        return all
    }

    @Test(arguments: [StageName.frames, .chunks, .cam, .apm])
    func onlyItsOwnWeightsLearn(name: StageName) async throws {
        let (stage, samples) = try await stage(name)
        for (_, parameter) in stage.trainable { try parameter.setTrainable(true) }
        let before = try weights(stage)
        let optimizer = try AdamW(stage.trainable)
        for step in 0..<4 {
            try stage.loss(samples, step: step, firstSlot: 0).backward()
            try optimizer.step(learningRate: 0.01)
        }
        let after = try weights(stage)
        let changed = Set(before.keys.filter { before[$0] != after[$0] })
        let trainable = Set(stage.trainable.map(\.path))
        #expect(changed.subtracting(trainable) == [])
        #expect(trainable.subtracting(changed) == [])  // and none of them stands idle

        let isTemporal = { (path: String) in
            path.contains("tempAttentions.") || path.contains("transformerIn.")
        }
        switch name {
        case .frames:
            #expect(!trainable.contains(where: isTemporal) && trainable.contains("convIn.weight"))
        case .chunks:
            #expect(trainable.contains(where: isTemporal) && trainable.contains("convIn.weight"))
        default:
            #expect(trainable.contains { $0.hasPrefix("extractor.") })
            #expect(trainable.contains { $0.hasPrefix("skipMergers.0.") })
            #expect(!trainable.contains("convIn.weight"))
            #expect(trainable.contains { $0.contains(".mixing.") } == (name == .apm))
            #expect(trainable.contains { $0.hasPrefix("projector.") } == (name == .apm))
        }
    }

    /// With a share for the base, some steps train the base alone and the others everything; what was learned is exported
    /// whole.
    @Test(arguments: [StageName.cam, .apm])
    func theBaseLearnsAlong(name: StageName) async throws {
        let (stage, samples) = try await stage(name, baseShare: 0.5)
        for (_, parameter) in stage.trainable { try parameter.setTrainable(true) }
        var kinds: Set<Bool> = []
        for step in 0..<12 {
            for (_, parameter) in stage.trainable { try parameter.value.setGradient(nil) }
            try stage.loss(samples, step: step, firstSlot: 0).backward()
            var learning: Set<String> = []
            for (path, parameter) in stage.trainable
            where try parameter.value.gradient() != nil { learning.insert(path) }
            #expect(learning.contains("convIn.weight"))
            let hasCAM = learning.contains("extractor.convIn.weight")
            #expect(learning.contains("skipMergers.0.projOut.weight") == hasCAM)
            kinds.insert(hasCAM)
        }
        #expect(kinds == [true, false])

        let folder = try Scratch()
        let model = ModelFolder(folder.folder)
        try stage.export(to: model, figures: [:])
        let own = try stage.pipeline.unet.parameters().first { $0.path == "convIn.weight" }?
            .parameter.value.converted(to: .float16).bytes()
        let written = try model.unet(streaming: nil).parameters()
            .first { $0.path == "convIn.weight" }?.parameter.value.converted(to: .float16).bytes()
        #expect(own == written && own != nil)
        #expect(model.has(.streaming))
    }

    /// Errors that are the same in all frames count once, changes around them as the recipe says.
    @Test func motionWeighsAsTheRecipeSays() throws {
        let generator = RandomGenerator(seed: 4)
        let still = try generator.normal([2, 3, 1, 4, 4], .trainingNoise)
        let moving = try generator.normal([2, 3, 2, 4, 4], .trainingNoise, step: 1)
        let around = try moving - moving.mean([2], keepDimensions: true)
        let errors = try still + around
        let parts = try (
            still.squared().mean([1, 2, 3, 4]), around.squared().mean([1, 2, 3, 4])
        )
        for weight in [1, 5.0] {
            let found: [Float] = try DenoisingStage.clipErrors(errors, motionWeight: weight)
                .values()
            let expected: [Float] = try parts.0.adding(parts.1, scaledBy: weight).values()
            for (one, other) in zip(found, expected) { #expect(abs(one - other) < 1e-5) }
        }
        let plain: [Float] = try errors.squared().mean([1, 2, 3, 4]).values()
        let unweighted: [Float] = try DenoisingStage.clipErrors(errors, motionWeight: 1).values()
        for (one, other) in zip(plain, unweighted) { #expect(abs(one - other) < 1e-5) }
    }

    /// With a frozen encoder the decoder learns and every latent stays what it was, its scale too.
    @Test func frozenEncoderKeepsLatents() async throws {
        let straight = try await StraightRun.shared
        var settings = try #require(straight.recipe.stages.first { $0.stage == .autoencoder })
        settings.freezesEncoder = true
        let start = ModelFolder(try #require(straight.models[.autoencoder]))
        let folder = ModelFolder(
            FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString))
        defer { try? FileManager.default.removeItem(at: folder.url) }
        let made = try StageFactory(
            recipe: straight.recipe, settings: settings, model: folder, start: start, captions: []
        ).make()
        let stage = try #require(made as? AutoencoderStage)
        for (_, parameter) in stage.trainable { try parameter.setTrainable(true) }
        let source = try JourneysSource(size: StraightRun.size, seed: 3, split: .training)
        let clip = try await source.clip(index: 0, frameCount: 1)
        let images = try Tensor.images(clip.frames)
        let latents = try withoutGradients { try stage.model.encode(images).mean }
        let decoded = try withoutGradients { try stage.model.decode(latents) }
        let optimizer = try AdamW(stage.trainable)
        for step in 0..<3 {
            try stage.loss([clip], step: step, firstSlot: 0).backward()
            try optimizer.step(learningRate: 0.01)
        }
        try withoutGradients {
            let encoded = try stage.model.encode(images).mean
            let redecoded = try stage.model.decode(latents)
            #expect(try (encoded - latents).absolute().maximum().item() == 0)
            #expect(try (redecoded - decoded).absolute().maximum().item() > 0.01)
        }
        try stage.export(to: folder, figures: ["latent_deviation": 123])
        let scale = try folder.autoencoder().configuration.scalingFactor
        #expect(scale == (try start.autoencoder().configuration.scalingFactor))
    }

    /// What the first stage of the denoiser does not train, it exports as it was drawn.
    @Test func framesExportsUntrainedTemporalLayers() async throws {
        let straight = try await StraightRun.shared
        let model = ModelFolder(try #require(straight.models[.frames]))
        let trained = try model.unet(streaming: nil)
        let fresh = UNet3D(trained.configuration)
        try fresh.initialize(seed: straight.recipe.seed)
        var same = 0
        for (own, drawn) in zip(trained.parameters(), fresh.parameters()) {
            let rounded = try drawn.parameter.value.converted(to: .float16).bytes()
            let isSame = try own.parameter.value.converted(to: .float16).bytes() == rounded
            if own.path.contains("tempAttentions.") || own.path.hasPrefix("transformerIn.") {
                #expect(isSame, "\(own.path)")
                same += 1
            }
            if own.path == "convIn.weight" { #expect(!isSame) }
        }
        #expect(same > 20)
    }

    /// On a fixed set of frames the denoiser's error falls far below that of predicting nothing.
    @Test func framesLearnAFixedSet() async throws {
        let (stage, samples) = try await stage(.frames)
        for (_, parameter) in stage.trainable { try parameter.setTrainable(true) }
        let before = try #require(try stage.validate(samples)["validation_loss"])
        let optimizer = try AdamW(stage.trainable)
        var losses: [Double] = []
        for step in 0..<60 {
            let loss = try stage.loss(samples, step: step, firstSlot: 0)
            try loss.backward()
            losses.append(try loss.item())
            try optimizer.step(learningRate: 0.003)
        }
        let after = try #require(try stage.validate(samples)["validation_loss"])
        #expect(losses.allSatisfy { $0.isFinite })
        let (first, last) = (
            losses.prefix(10).reduce(0, +) / 10, losses.suffix(10).reduce(0, +) / 10
        )
        #expect(last < 0.8 * first, "\(first) → \(last)")
        #expect(after < 0.8 * before, "\(before) → \(after)")
    }
}
