import Foundation
import Testing
import Torch

@testable import StreamingT2V

/// What is said about a generation before it begins.
@Suite struct GenerationPlanTests {
    private func plan(
        _ folder: ModelFolder, _ request: GenerationRequest = .tiny(frames: 40),
        dtype: DType = .float32, residency: Residency? = nil, measuresTime: Bool = false
    ) async throws -> GenerationPlan {
        let generator = try VideoGenerator(model: folder, dtype: dtype, residency: residency)
        return try await generator.generationPlan(
            for: generator.prepare(request), output: "/tmp/plan.mp4", measuresTime: measuresTime)
    }

    @Test func networksAndPhasesOfAModelWithTwoBases() async throws {
        let plan = try await plan(SynthesizedModel.folder())
        #expect(plan.chunks == 4)
        #expect(
            plan.networks.map(\.name) == [
                "text_encoder", "unet of the first chunk", "unet", "conditioning extractor (CAM)",
                "anchor projector (APM)", "image_encoder", "vae",
            ])
        #expect(plan.networks[1].file.hasSuffix("unet/diffusion_pytorch_model.safetensors"))
        #expect(plan.networks[2].file.hasSuffix("streaming/model.safetensors"))
        let counts = try ModelSynthesis(size: .tiny, type: .float32, seed: 3).parameterCounts
        #expect(plan.networks[1].parameters == counts[.unet])
        #expect(
            plan.phases.map(\.name) == [
                "prompts", "chunk 1, denoising", "chunk 1, decoding", "anchor",
                "chunk 2, denoising", "chunk 2, decoding", "chunk 3, denoising",
                "chunk 3, decoding",
            ])
        #expect(plan.phases[1].networks == ["unet of the first chunk"])
        #expect(plan.phases[2].networks == ["unet of the first chunk", "vae"])
        #expect(
            plan.phases[4].networks == [
                "unet", "conditioning extractor (CAM)", "anchor projector (APM)", "vae",
            ])
        #expect(plan.peakMemory == plan.phases.map(\.memory).max())
        #expect(plan.times == nil)
    }

    /// The plan's networks are those that the shelf really has in memory.
    @Test(arguments: [Residency.staged, .offloaded, .kept])
    func phasesAreWhatTheShelfDoes(residency: Residency) async throws {
        let plan = try await plan(SynthesizedModel.folder(), residency: residency)
        let shelf = try NetworkShelf(
            SynthesizedModel.folder(), device: .cpu, dtype: .float32, residency: residency)
        try shelf.open()
        let uses: [Set<NetworkShelf.Network>] = [
            [.textEncoder], [.firstUNet], [.autoencoder], [.imageEncoder, .projector],
            [.unet, .extractor], [.autoencoder], [.unet, .extractor], [.autoencoder],
        ]
        #expect(plan.phases.count == uses.count)
        for (phase, use) in zip(plan.phases, uses) {
            try shelf.use(use)
            #expect(phase.networks == shelf.ordered(shelf.resident).map(\.name))
        }
    }

    @Test func weightsTakeWhatTheirTypeTakes() async throws {
        let single = try await plan(SynthesizedModel.folder())
        let half = try await plan(SynthesizedModel.folder(), dtype: .bfloat16)
        for (a, b) in zip(single.networks, half.networks) {
            #expect(a.parameters == b.parameters)
            if a.name == "text_encoder" {
                #expect(a.memory == 4 * a.parameters && b.memory == a.memory)
            } else {
                // More where kernels are kept in Winograd's form, which is smaller in pairs of bfloat16.
                #expect(a.memory >= 4 * a.parameters && b.memory >= 2 * b.parameters)
                #expect(b.memory < a.memory)
            }
        }
    }

    @Test func largerVideosTakeMore() async throws {
        let folder = try SynthesizedModel.folder()
        let usual = try await plan(folder)
        let large = try await plan(
            folder,
            .tiny(frames: 40) {
                $0.sampling.width = 256
                $0.sampling.height = 256
            })
        // 64 times the latents: 32 channels of 2·16 frames of 32² instead of 4², at 110 bytes.
        // Beside what the program itself has, which other tests change meanwhile.
        func own(_ plan: GenerationPlan) -> Int { plan.phases[1].memory - plan.programMemory }
        #expect(own(large) - own(usual) > 90_000_000)
        #expect(try #require(large.outputSize) > 20 * (try #require(usual.outputSize)))
    }

    @Test func oneChunkNeedsNoStreaming() async throws {
        let plan = try await plan(SynthesizedModel.folder(), .tiny(frames: 16))
        #expect(plan.chunks == 1 && plan.phases.count == 3)
        #expect(plan.networks.map(\.name) == ["text_encoder", "unet of the first chunk", "vae"])
        let endless = try await self.plan(SynthesizedModel.folder(), .tiny(frames: nil))
        #expect(endless.chunks == nil && endless.outputSize == nil && endless.phases.count == 8)
    }

    @Test func timesAddUp() async throws {
        let folder = try SynthesizedModel.folder()
        let request = GenerationRequest.tiny(frames: 40)
        let plan = try await plan(folder, request, residency: .offloaded, measuresTime: true)
        let times = try #require(plan.times)
        #expect(times.firstStep > 0 && times.step > times.firstStep && times.decoding > 0)
        #expect(times.firstDecoding > times.decoding && times.loading > 0)
        let chunk = Double(plan.steps) * times.step + times.decoding
        #expect(abs(times.chunk - chunk) < 1e-9)
        let all =
            times.loading + Double(plan.firstSteps) * times.firstStep + times.firstDecoding
            + 3 * chunk
        #expect(abs(try #require(times.total) - all) < 1e-9)
    }

    /// Of 2 steps the second is shallow: a chunk takes more than one step and less than two.
    @Test func shallowStepsShortenTheForecast() async throws {
        let folder = try SynthesizedModel.folder()
        let request = GenerationRequest.tiny(frames: 40) { $0.sampling.cacheInterval = 2 }
        let plan = try await plan(folder, request, residency: .offloaded, measuresTime: true)
        #expect(plan.cacheInterval == 2)
        let times = try #require(plan.times)
        let shallow = times.chunk - times.decoding - times.step
        #expect(shallow > 0 && shallow < 0.7 * times.step)
        let first =
            try #require(times.total) - times.loading - 3 * times.chunk - times.firstDecoding
            - times.firstStep
        #expect(first > 0 && first < 0.7 * times.firstStep)
    }

    @Test func whatDoesNotFitIsRefusedWithWhatWould() async throws {
        let folder = try SynthesizedModel.folder()
        let generator = try VideoGenerator(model: folder)
        var request = GenerationRequest.tiny(frames: 24)
        request.sampling.width = 512
        request.sampling.height = 512
        let prepared = try await generator.prepare(request)
        let plan = try await generator.generationPlan(for: prepared, output: "/tmp/x.mp4")
        let peak = plan.peakMemory
        func require(memory: Int, disk: Int) async throws {
            try await generator.requireRoom(
                for: prepared, plan, output: "/tmp/x.mp4", memory: memory, disk: disk)
        }
        try await require(memory: peak, disk: 1 << 40)
        let error = await #expect(throws: GenerationError.self) {
            try await require(memory: peak - 150_000_000, disk: 1 << 40)
        }
        guard case .notEnoughMemory(let needed, let free, let alternatives) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(needed == peak && free == peak - 150_000_000)
        #expect(alternatives.contains { $0.description.hasPrefix("width 384 height 384 (") })
        #expect(!alternatives.contains { $0.description.hasPrefix("width 448") })
        let full = await #expect(throws: GenerationError.self) {
            try await require(memory: peak, disk: 1000)
        }
        #expect("\(try #require(full))".contains("are free in /tmp"))
    }
}
