import Checkpoints
import Foundation
import Schedulers
import StreamingT2V
import TestSupport
import Testing
import Torch
import TorchNN
import VideoIO
import VideoModels

@testable import Training

/// Training of the enhancer.
@Suite struct EnhancerStageTests {
    /// Makes the stage as the trainer does, on what the shared run made before it.
    private func stage(
        coarseShare: Double = 1, start: ModelFolder? = nil, trainsDecoder: Bool? = nil
    ) async throws -> EnhancerStage {
        let straight = try await StraightRun.shared
        var settings = try #require(straight.recipe.stages.first { $0.stage == .enhancer })
        settings.coarseShare = coarseShare
        settings.trainsDecoder = trainsDecoder
        let made = try StageFactory(
            recipe: straight.recipe, settings: settings,
            model: ModelFolder(try #require(straight.models[.clip])), start: start, captions: []
        ).make()
        return try #require(made as? EnhancerStage)
    }

    private func clip(_ index: Int = 0, withLarge: Bool = true) async throws -> TrainingClip {
        try await JourneysSource(size: StraightRun.size, seed: 3, split: .training)
            .clip(index: index, frameCount: 16, withLarge: withLarge)
    }

    /// Small enough for a default model that holds everything.
    @Test func theNetworkIsSmall() throws {
        let sizes = Vid2VidConfiguration.journeys(latentChannels: 8, textWidth: 128)
        try sizes.validate()
        #expect(Vid2VidUNet(sizes).parameterCount < 2_000_000)
        let defaults = EnhancementDefaults.journeys(size: 128)
        #expect(defaults.stepTable.problem(trainSteps: EnhancerTask.noiseLevels) == nil)
        #expect(EnhancerTask.starts.contains(defaults.noiseLevel - 1))
        #expect(EnhancerTask.starts.upperBound < EnhancerTask.noiseLevels)
        #expect(try defaults.grid().chunkLength == 16)
    }

    /// 32 pixels become 64, which are 80 rows on the network's canvas: 10 rows of latents, 8 columns.
    @Test func samplesLieOnTheCanvas() async throws {
        let stage = try await stage()
        let clip = try await clip()
        let sample = try stage.sample(clip)
        #expect(sample.sharp.shape == [1, 8, 16, 10, 8])
        #expect(sample.coarse.shape == sample.sharp.shape)
        #expect(try (sample.sharp - sample.coarse).absolute().mean().item() > 0.01)
        let large = try #require(clip.large?.first)
        let canvas = try stage.letterbox(for: large).apply(large)
        #expect(canvas.width == 64 && canvas.height == 80)
        #expect(Array(canvas.pixels[0..<8 * 64 * 3]) == Array(repeating: 0, count: 8 * 64 * 3))
        #expect(try stage.letterbox(for: large).crop(canvas) == large)
        let small = try await self.clip(withLarge: false)
        let error = await trainingError { _ = try stage.sample(small) }
        #expect(error?.description.contains("large frames") == true)
    }

    /// The small video is what the autoencoder makes of latents that are not quite right; each clip has its own error.
    @Test func smallVideosAreNotPerfect() async throws {
        let stage = try await stage()
        let clip = try await clip()
        func image(_ noise: Double) throws -> Tensor {
            try Tensor.images(stage.smallVideo(of: clip, latentNoise: noise))
        }
        let encoder = stage.encoder
        let perfect = try encoder.images(encoder.latents(Tensor.images(clip.frames))).frames()
        #expect(try stage.smallVideo(of: clip, latentNoise: 0) == perfect)
        let errors = try [0.1, 0.2].map { try (image($0) - image(0)).absolute().mean().item() }
        #expect(errors[0] > 0 && errors[1] > 1.5 * errors[0])
        let other = TrainingClip(
            frames: clip.frames, caption: clip.caption, boxes: clip.boxes, index: clip.index + 1)
        #expect(try stage.smallVideo(of: other, latentNoise: 0) == perfect)
        #expect(
            try stage.smallVideo(of: other, latentNoise: 0.2)
                != stage.smallVideo(of: clip, latentNoise: 0.2))
    }

    /// Whatever is left of the small video: the wanted velocity is the one that leads to the sharp latents.
    @Test func theTargetLeadsToTheSharpClip() throws {
        let generator = RandomGenerator(seed: 4)
        let schedule = try LogSNRSchedule()
        let shape = [4, 2, 3, 4, 4]
        let sharp = try generator.normal(shape, .data)
        let coarse = try generator.normal(shape, .data, step: 1)
        let noise = try generator.normal(shape, .trainingNoise)
        let points = [(599, 1.0), (300, 0.25), (150, 0), (20, 0.5)]
            .map { EnhancerTask.Point(timestep: $0, coarseShare: $1) }
        let task = try EnhancerTask(
            sharp: sharp, coarse: coarse, noise: noise, points: points, schedule: schedule)
        for (row, point) in points.enumerated() {
            func part(_ tensor: Tensor) throws -> Tensor { try tensor.slice(0, row..<row + 1) }
            let clean = try schedule.clean(
                part(task.noisy), prediction: part(task.target), at: point.timestep)
            #expect(try (clean - part(sharp)).absolute().maximum().item() < 1e-4, "\(point)")
            let start =
                try part(sharp) * (1 - point.coarseShare) + part(coarse) * point.coarseShare
            let noisy = try schedule.diffuse(start, noise: part(noise), at: point.timestep)
            #expect(try (noisy - part(task.noisy)).absolute().maximum().item() < 1e-5, "\(point)")
            // A wrong velocity costs what the wrong sharp latents do, where there is a small video.
            let wrong = try part(task.target) + 0.1
            let mistake =
                try schedule.clean(
                    part(task.noisy), prediction: wrong, at: point.timestep) - part(sharp)
            let even = Double(schedule.sigmas[EnhancerTask.evenStep])
            let cost = try mistake.squared().mean().item() / (even * even)
            let weight = try part(task.weight).item()
            #expect(abs(weight * 0.01 - (point.coarseShare > 0 ? cost : 0.01)) < 1e-4, "\(point)")
        }
    }

    /// What is left of the small video is what the solver leaves of it.
    @Test func theSolverKeepsTheTrainedShare() throws {
        let schedule = try LogSNRSchedule()
        let table = StepTable(steps: 6, maximum: 399)
        let solver = DPMSolverSDEScheduler(schedule, table)
        // Without noise, between a small video of ones and predictions of zeros.
        var sample = try solver.begin(Tensor.full([1], value: 1), scale: .exact)
        sample =
            try sample
            * Double(1 / (1 + solver.noiseRatios[0] * solver.noiseRatios[0]))
            .squareRoot()
        for index in 0..<5 {
            let zero = try Tensor.zeros([1])
            sample = try solver.step(
                sample, clean: zero, previous: zero, at: index, noise: zero)
            let ratio = solver.noiseRatios[index + 1] / solver.noiseRatios[0]
            #expect(abs(try sample.item() - ratio * ratio) < 1e-5)
        }
    }

    @Test func samplesAreDrawnAsTheRecipeSays() throws {
        let schedule = try LogSNRSchedule()
        let generator = RandomGenerator(seed: 2)
        for share in [0, 0.75, 1] {
            let points = (0..<4000).map {
                EnhancerTask.point(
                    SampleChoices(generator, step: 3, slot: $0, of: EnhancerStage.choiceCount),
                    coarseShare: share,
                    schedule: schedule)
            }
            let coarse = points.filter { $0.coarseShare > 0 }
            #expect(abs(Double(coarse.count) / 4000 - share) < 0.03)
            #expect(coarse.allSatisfy { $0.coarseShare <= 1 })
            let times = points.filter { $0.coarseShare == 0 }.map(\.timestep)
            if share < 1 {
                let mean = times.reduce(0, +) / times.count
                #expect(times.allSatisfy { (0..<600).contains($0) } && abs(mean - 300) < 24)
            }
            // With a small video, as long as its enhancement began at one of the trained steps.
            let bound = EnhancerTask.starts.upperBound
            #expect(coarse.allSatisfy { (0..<bound).contains($0.timestep) })
            if share > 0 {
                #expect(coarse.contains { $0.timestep < 20 && $0.coarseShare < 0.1 })
                let early = coarse.filter { $0.timestep > bound - 5 }
                #expect(early.allSatisfy { $0.coarseShare > 0.7 } && !early.isEmpty)
            }
        }
    }

    /// All weights of the network learn, and nothing else.
    @Test func theNetworkAloneLearns() async throws {
        let stage = try await stage()
        let samples = [try stage.sample(await clip())]
        for (_, parameter) in stage.trainable { try parameter.setTrainable(true) }
        func weights() throws -> [String: [UInt8]] {
            var all: [String: [UInt8]] = [:]
            for (path, parameter) in stage.network.parameters() {
                all[path] = try parameter.value.detached().bytes()
            }
            return all
        }
        let before = try weights()
        let optimizer = try AdamW(stage.trainable)
        // A layer before one that starts at zero learns from the second step on.
        for step in 0..<4 {
            try stage.loss(samples, step: step, firstSlot: 0).backward()
            try optimizer.step(learningRate: 0.01)
        }
        let after = try weights()
        #expect(before.keys.filter { before[$0] == after[$0] } == [])
        for module in [stage.encoder.autoencoder, stage.encoder.text] as [any Module] {
            for (path, parameter) in module.parameters() {
                #expect(try parameter.value.gradient() == nil, "\(path)")
            }
        }
    }

    /// The end of a decoder of its own learns too, and training goes on from it; what makes the small videos does not.
    @Test func theEndOfTheDecoderLearns() async throws {
        let stage = try await stage(trainsDecoder: true)
        let samples = [try stage.sample(await clip())]
        for (_, parameter) in stage.trainable { try parameter.setTrainable(true) }
        func bytes(_ parameter: Parameter) throws -> [UInt8] {
            try parameter.value.detached().bytes()
        }
        let before = try stage.decoder.parameters().map { try bytes($0.parameter) }
        let shared = try stage.encoder.autoencoder.parameters().map { try bytes($0.parameter) }
        #expect(shared == before)
        let optimizer = try AdamW(stage.trainable)
        for step in 0..<2 {
            try stage.loss(samples, step: step, firstSlot: 0).backward()
            try optimizer.step(learningRate: 0.01)
        }
        let after = try stage.decoder.parameters().map { try bytes($0.parameter) }
        let changed = zip(stage.decoder.parameters(), zip(before, after)).filter { $1.0 != $1.1 }
            .map(\.0.path)
        #expect(
            changed == stage.decoder.parameters().map(\.path).filter(stage.decoder.isDecoderEnd))
        #expect(changed.contains("decoder.convOut.weight") && changed.count > 10)
        #expect(
            try stage.encoder.autoencoder.parameters().map { try bytes($0.parameter) } == shared)

        let place = try Scratch()
        let straight = try await StraightRun.shared
        let made = ModelFolder(try #require(straight.models[.clip]))
        for part in ["vae", "text_encoder", "tokenizer"] {
            try FileManager.default.copyItem(
                at: made.url.appending(path: part), to: place.folder.appending(path: part))
        }
        let model = ModelFolder(place.folder)
        try stage.export(to: model, figures: [:])
        let next = try await self.stage(start: model)
        for (one, other) in zip(next.decoder.parameters(), stage.decoder.parameters()) {
            let difference = try (one.parameter.value - other.parameter.value).absolute()
            #expect(try difference.maximum().item() < 2e-3, "\(one.path)")  // half precision
        }
        #expect(next.trainable.count == next.network.parameters().count)
        try next.export(to: model, figures: [:])
        #expect(try model.hasOwnDecoder())
    }

    /// On a fixed clip the error falls, at whatever share of small videos.
    @Test(arguments: [0, 1.0]) func learnsAFixedClip(coarseShare: Double) async throws {
        let stage = try await stage(coarseShare: coarseShare)
        let sample = try stage.sample(await clip())
        let unseen = Array(repeating: sample, count: 24)  // at 24 noise levels
        for (_, parameter) in stage.trainable { try parameter.setTrainable(true) }
        let before = try #require(try stage.validate(unseen)["validation_loss"])
        let optimizer = try AdamW(stage.trainable)
        for step in 0..<50 {
            try stage.loss([sample, sample], step: step, firstSlot: 0).backward()
            try optimizer.step(learningRate: 0.003)
        }
        let after = try #require(try stage.validate(unseen)["validation_loss"])
        #expect(after < 0.7 * before, "\(before) → \(after)")
    }

    /// Noise and choices belong to a place in the training, so that it can be continued.
    @Test func theLossIsAFunctionOfStepAndPlace() async throws {
        let stage = try await stage(coarseShare: 0.5)
        let sample = try stage.sample(await clip())
        func loss(_ step: Int, _ slot: Int) throws -> Double {
            try withoutGradients { try stage.loss([sample], step: step, firstSlot: slot).item() }
        }
        let losses = try [loss(7, 0), loss(7, 1), loss(8, 0)]
        #expect(Set(losses).count == 3)
        #expect(try [loss(7, 0), loss(7, 1), loss(8, 0)] == losses)
    }

    /// The files are the release's, in half precision, and become the same network again.
    @Test func exportIsReadAgain() async throws {
        let stage = try await stage()
        let place = try Scratch()
        let model = ModelFolder(place.folder)
        try stage.export(to: model, figures: [:])
        let folder = model.folder(.enhancer)
        let network = try model.enhancer()
        #expect(network.configuration == stage.network.configuration)
        for (own, read) in zip(stage.network.parameters(), network.parameters()) {
            let rounded = try own.parameter.value.converted(to: .float16).bytes()
            #expect(try read.parameter.value.converted(to: .float16).bytes() == rounded)
        }
        let file = try SafetensorsFile(
            url: folder.appending(path: "diffusion_pytorch_model.safetensors"))
        #expect(file.entries["input_blocks.0.0.weight"]?.shape == [48, 8, 3, 3])
        #expect(file.entries["middle_block.0.temopral_conv.conv1.2.weight"] != nil)
        #expect(try model.enhancementDefaults() == stage.defaults)

        // Training continues from it; the model's own way of sampling stays.
        let settings = folder.appending(path: "enhancement.json")
        try Data("{}".utf8).write(to: settings)
        let next = try await self.stage(start: model)
        for (one, other) in zip(next.network.parameters(), network.parameters()) {
            #expect(try one.parameter.value.bytes() == other.parameter.value.bytes())
        }
        try next.export(to: model, figures: [:])
        #expect(try model.enhancementDefaults() == EnhancementDefaults())
        try FileManager.default.removeItem(at: folder.appending(path: "config.json"))
        #expect(throws: ConfigurationError.self) { try model.enhancer() }
    }

    /// Figures and frames of the right sizes; plain enlargement is judged by the same truth.
    @Test func examinesUnseenClips() async throws {
        let stage = try await stage()
        let clip = try await clip()
        let result = try stage.enlarge(clip, number: 0)
        #expect(result.truth == clip.large)
        for frames in [result.plain, result.enhanced, result.reconstructed] {
            #expect(frames.count == 16)
            #expect(frames.allSatisfy { $0.width == 64 && $0.height == 64 })
        }
        #expect(
            result.plain
                == (try stage.smallVideo(of: clip, latentNoise: 0.1)).map {
                    $0.resized(width: 64, height: 64)
                })
        let figures = try stage.figures([clip])
        #expect(Set(figures.keys) == ["psnr", "bicubic_psnr", "autoencoder_psnr"])
        let expected = try PeakSignal.decibels(result.plain, truth: result.truth)
        #expect(figures["bicubic_psnr"] == expected && expected > 0)
        #expect(try stage.figures([clip]) == figures)  // the same noise each time
    }

    @Test func decibelsAreThoseOfTheDefinition() throws {
        let black = RGBFrame(width: 2, height: 2, pixels: Array(repeating: 0, count: 12))
        let grey = RGBFrame(width: 2, height: 2, pixels: Array(repeating: 51, count: 12))
        #expect(abs(try PeakSignal.decibels([grey], truth: [black]) - 20 * log10(5)) < 1e-4)
        #expect(try PeakSignal.decibels([grey], truth: [grey]) == 100)
    }
}
