import Foundation
import Testing

@testable import StreamingT2V

/// How options and the model's own values become the numbers of a chunk.
@Suite struct GenerationRequestTests {
    private let defaults = GenerationDefaults()

    @Test func modelDecidesWhatTheRequestLeavesOpen() {
        let request = GenerationRequest(prompt: "a", seed: 1)
        #expect(
            request.firstSampling(defaults)
                == .init(solver: .dpmSolver, steps: 50, guidanceScale: 9, eta: 1))
        #expect(
            request.streamingSampling(defaults)
                == .init(solver: .ddim, steps: 50, guidanceScale: 7.5, eta: 1))
    }

    @Test func requestDecidesForAllChunks() {
        var request = GenerationRequest(prompt: "a", seed: 1)
        request.steps = 12
        request.guidanceScale = 3
        request.solver = .dpmSolver
        for sampling in [request.firstSampling(defaults), request.streamingSampling(defaults)] {
            #expect(sampling == .init(solver: .dpmSolver, steps: 12, guidanceScale: 3, eta: 1))
        }
        request.cacheInterval = 4
        #expect(request.firstSampling(defaults).cacheInterval == 4)
        #expect(request.streamingSampling(defaults).cacheInterval == 4)
        request.cacheInterval = nil
        request.anchorScale = 5
        #expect(request.streamingSampling(defaults).anchorScale == 5)
        request.anchorScale = nil
        request.firstSolver = .ddim
        #expect(request.firstSampling(defaults).solver == .ddim)
        #expect(request.streamingSampling(defaults).solver == .dpmSolver)
        request.firstSolver = nil
        request.solver = nil
        request.eta = 0.25
        for sampling in [request.firstSampling(defaults), request.streamingSampling(defaults)] {
            #expect(sampling == .init(solver: .ddim, steps: 12, guidanceScale: 3, eta: 0.25))
        }
    }

    @Test func defaultsLeftOutOfTheFileAreTheReleases() throws {
        let empty = try JSONDecoder().decode(GenerationDefaults.self, from: Data("{}".utf8))
        #expect(empty == GenerationDefaults())
        let json =
            #"{"first_solver": "ddim", "first_steps": 20, "solver": "dpm-solver++", "fps": 10, "join": "keep"}"#
        let some = try JSONDecoder().decode(GenerationDefaults.self, from: Data(json.utf8))
        var expected = GenerationDefaults()
        expected.firstSolver = .ddim
        expected.firstSteps = 20
        expected.solver = .dpmSolver
        expected.framesPerSecond = 10
        expected.join = .keep
        #expect(some == expected)
        #expect(
            try JSONDecoder().decode(
                GenerationDefaults.self, from: JSONEncoder().encode(some)) == some)
    }

    /// The manifest states every value that was used, whoever decided it.
    @Test func manifestHoldsResolvedValues() throws {
        var request = GenerationRequest.tiny(frames: 24)
        request.eta = 0.5
        request.firstSolver = .dpmSolver
        request.anchorScale = 1.5
        (request.width, request.height) = (48, 16)
        request.framesPerDecode = 3
        request.guidedSteps = 2
        request.cacheInterval = 2
        request.promptChanges = [PromptChange(frame: 16, prompt: "a blue car")]
        let folder = try SharedModel.folder()
        let manifest = try GenerationManifest(
            request: request, model: folder, defaults: folder.generationDefaults(), fps: 8,
            device: .cpu, dtype: .float32, output: "a.mp4")
        let json = try #require(
            JSONSerialization.jsonObject(with: manifest.json()) as? [String: Any])
        let settings = try #require(json["settings"] as? [String: Any])
        #expect(settings["first_solver"] as? String == "dpm-solver++")
        #expect(settings["anchor_scale"] as? Double == 1.5)
        #expect(settings["width"] as? Int == 48 && settings["height"] as? Int == 16)
        #expect(settings["frames_per_decode"] as? Int == 3)
        #expect(settings["guided_steps"] as? Int == 2)
        #expect(settings["cache_interval"] as? Int == 2)
        let changes = try #require(settings["prompt_changes"] as? [[String: Any]])
        #expect(changes.map { $0["frame"] as? Int } == [16])
        #expect(changes.map { $0["prompt"] as? String } == ["a blue car"])
        #expect(settings["solver"] as? String == "ddim")
        #expect(settings["eta"] as? Double == 0.5)
        #expect(settings["join"] as? String == "regenerate")
        #expect(settings["steps"] as? Int == 2)
        #expect(settings["first_guidance_scale"] as? Double == 3)
        #expect(settings["guidance_scale"] as? Double == 2.5)
        #expect(settings["seed"] as? Int == 7)
        #expect(settings["frames_requested"] as? Int == 24)
        let weights = try folder.weightHashes()
        #expect(
            weights.keys.sorted() == [
                "image_encoder/model.safetensors", "streaming/model.safetensors",
                "text_encoder/model.safetensors", "unet/diffusion_pytorch_model.safetensors",
                "vae/diffusion_pytorch_model.safetensors",
            ])
        #expect(weights.values.allSatisfy { $0.count == 64 })
        #expect(Set(weights.values).count == 5)
    }
}
