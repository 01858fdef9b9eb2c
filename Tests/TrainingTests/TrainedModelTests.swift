import Foundation
import StreamingT2V
import TestSupport
import Testing

@testable import Training

/// What training writes is a model that generates.
@Suite struct TrainedModelTests {
    @Test func generatesMoreThanOneChunk() async throws {
        let straight = try await StraightRun.shared
        let generator = try VideoGenerator(model: straight.model)
        let side = StraightRun.size
        #expect(
            generator.defaults.sampling.width == side && generator.defaults.sampling.height == side)
        var request = GenerationRequest(
            prompt: "a red car drives to the left past green hills at sunset", seed: 4)
        request.frames = 24
        request.sampling.steps = 2
        var chunks: [VideoChunk] = []
        for try await chunk in try await generator.chunks(for: generator.prepare(request)) {
            chunks.append(chunk)
        }
        #expect(chunks.map(\.index) == [0, 1] && chunks.map(\.firstFrame) == [0, 16])
        #expect(chunks.map(\.frames.count) == [16, 8])
        let frames = chunks.flatMap(\.frames)
        #expect(frames.allSatisfy { $0.width == side && $0.height == side })
        #expect(Set(frames.map(\.pixels)).count > 1)
    }

    /// Without its last stages a model makes one chunk and says why not more.
    @Test func theBaseAloneMakesOneChunk() async throws {
        let straight = try await StraightRun.shared
        let model = ModelFolder(try #require(straight.models[.chunks]))
        let generator = try VideoGenerator(model: model)
        var request = GenerationRequest(prompt: "a boat", seed: 4)
        request.frames = 17
        await #expect(throws: GenerationError.noStreaming(folder: model.url.path, frames: 16)) {
            _ = try await generator.prepare(request)
        }
        request.frames = 16
        request.sampling.steps = 1
        var count = 0
        for try await chunk in try await generator.chunks(for: generator.prepare(request)) {
            count += chunk.frames.count
        }
        #expect(count == 16)
    }

    /// A model's own sampling settings are not overwritten by a later stage.
    @Test func keepsGenerationSettingsOfTheFolder() async throws {
        let straight = try await StraightRun.shared
        let folder = try Scratch()
        let source = try #require(straight.models[.clip])
        try FileManager.default.copyItem(at: source, to: folder.url("model"))
        try folder.put(#"{"height": 32, "width": 32, "fps": 5}"#, "model/generation.json")
        let recipe = straight.recipe.withStages { $0.steps = 1 }
        let trainer = try recipe.trainer(folder.folder)
        try await trainer.train(.frames) { _ in }
        #expect(try trainer.model.generationDefaults().framesPerSecond == 5)
    }
}
