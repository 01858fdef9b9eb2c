import Foundation
import TestSupport
import Testing
import Torch
import TorchNN
import VideoModels

@testable import StreamingT2V

/// The third stage's networks come into memory as those of the first two, and a plan counts them.
@Suite struct EnhancementShelfTests {
    private static let all: Set<Part.ID> = [.enhancerTextEncoder, .enhancer, .enhancerAutoencoder]

    private func shelf(_ residency: Residency) throws -> EnhancementShelf {
        try EnhancementShelf(
            TinyEnhancer.folder(), device: .cpu, dtype: .float32, residency: residency)
    }

    @Test func keptNetworksAreLoadedAtOnceAndStay() throws {
        let shelf = try shelf(.kept)
        try shelf.open()
        #expect(shelf.resident == Self.all)
        try shelf.use([])
        #expect(shelf.resident == Self.all)
    }

    @Test(arguments: [Residency.staged, .offloaded])
    func theTextTransformerGoesAfterThePrompts(residency: Residency) throws {
        let shelf = try shelf(residency)
        try shelf.open()
        #expect(shelf.resident == [])
        try shelf.use(EnhancementShelf.encoding)
        #expect(shelf.resident == EnhancementShelf.encoding)
        try shelf.use([])
        #expect(shelf.resident == [])
        try shelf.use(EnhancementShelf.enhancing)
        #expect(shelf.resident == EnhancementShelf.enhancing)
    }

    @Test func residencyChangesNoBit() async throws {
        func video(_ residency: Residency?) async throws -> [[UInt8]] {
            let enhancer = try VideoEnhancer(model: TinyEnhancer.folder(), residency: residency)
            return try await enhancer.enhanced(9).map(\.pixels)
        }
        let kept = try await video(nil)
        #expect(try await video(.offloaded) == kept)
    }

    /// A decoder's end of the enhancer's own is packed layer by layer as all else, and is the same network.
    @Test func ownEndOfTheDecoderIsPackedAsTheWholeNetwork() throws {
        let scratch = try Scratch()
        let folder = try TinyEnhancer.copy(to: scratch)
        let trained = try folder.autoencoder()
        try TinyModel.fill(trained, seed: 77)
        try folder.saveEnhancer(
            folder.enhancer(), decoder: trained, defaults: folder.enhancementDefaults())
        let shelf = try EnhancementShelf(
            folder, device: .cpu, dtype: .float32, residency: .offloaded)
        try shelf.use(EnhancementShelf.enhancing)
        let whole = try folder.enhancerAutoencoder()
        try whole.prepare(for: shelf.preparation)
        let latents = try RandomGenerator(seed: 3).normal(
            [1, whole.configuration.latentChannels, 4, 4], .data)
        let pixels = try withInferenceMode { try shelf.pipeline.autoencoder.decode(latents) }
        let expected = try withInferenceMode { try whole.decode(latents) }
        #expect(try pixels.values(as: Float.self) == expected.values(as: Float.self))
    }

    @Test(arguments: [Residency.kept, .offloaded])
    func plansCountTheThirdStage(residency: Residency) async throws {
        let folder = try TinyEnhancer.folder()
        let generator = try VideoGenerator(model: folder, residency: residency)
        let enhancer = try VideoEnhancer(model: folder, residency: residency)
        let request = try await generator.prepare(.tiny(frames: 16))
        let stage = try await GenerationJob.Enhancement(enhancer, enhancer.prepare(.tiny()))
        let alone = try await generator.generationPlan(for: request, output: "/tmp/plan.mp4")
        let plan = try await generator.generationPlan(
            for: request, enhancing: stage, output: "/tmp/plan.mp4", measuresTime: true)
        #expect(alone.enhancement == nil)
        #expect(
            plan.phases.map(\.name) == [
                "prompts of the enhancer", "prompts", "chunk 1, denoising", "chunk 1, decoding",
                "chunk 1, enhancing",
            ])
        let third = ["text_encoder of the enhancer", "enhancer", "vae of the enhancer"]
        #expect(plan.networks.map(\.name) == alone.networks.map(\.name) + third)
        let last = try #require(plan.phases.last).networks
        #expect(last.suffix(2) == third.suffix(2))
        #expect(last.contains(third[0]) == (residency == .kept))
        // 4 chunks of 6 frames, 2 of them shared, 3 steps for each.
        let enhancement = try #require(plan.enhancement)
        #expect((enhancement.width, enhancement.height) == (48, 48))
        #expect(enhancement.evaluations == 12 && enhancement.steps == 3)
        let times = try #require(plan.times?.enhancement)
        let total = 12 * times.evaluation + 16 * times.frame
        let told = try #require(times.total)
        #expect(times.evaluation > 0 && abs(told - total) < 1e-9)
        #expect(plan.peakMemory > alone.peakMemory)
        let sizes = (try #require(alone.outputSize), try #require(plan.outputSize))
        #expect(sizes.0 < sizes.1)
    }

    @Test func aThirdStageThatDoesNotFitIsRefused() async throws {
        let folder = try TinyEnhancer.folder()
        let generator = try VideoGenerator(model: folder)
        let enhancer = try VideoEnhancer(model: folder)
        let request = try await generator.prepare(.tiny(frames: 16))
        let stage = try await GenerationJob.Enhancement(enhancer, enhancer.prepare(.tiny()))
        let plan = try await generator.generationPlan(
            for: request, enhancing: stage, output: "/tmp/plan.mp4")
        let error = await #expect(throws: GenerationError.self) {
            try await generator.requireRoom(
                for: request, enhancing: stage, plan, output: "/tmp/plan.mp4",
                memory: plan.peakMemory - 1, disk: nil)
        }
        let message = "\(try #require(error))"
        #expect(message.contains("omit enhance ("), "\(message)")
    }
}
