import Foundation
import Foundations
import Testing

@testable import StreamingT2V

/// How options and the model's own values become the numbers of a chunk.
@Suite struct GenerationRequestTests {
    private let defaults = GenerationDefaults()

    @Test func modelDecidesWhatTheRequestOmits() throws {
        let settings = try GenerationRequest(prompt: "a", seed: 1).settings(defaults)
        #expect(
            settings.first
                == .init(solver: .dpmSolver, steps: 50, eta: 1, guidance: .first(scale: 9)))
        #expect(
            settings.further
                == .init(
                    solver: .ddim, steps: 50, eta: 1, guidance: BranchGuidance(scale: 7.5)))
        #expect(settings.anchorScale == 7.5)
    }

    @Test func requestDecidesForAllChunks() throws {
        var request = GenerationRequest(prompt: "a", seed: 1)
        request.sampling.steps = 12
        request.sampling.guidanceScale = 3
        request.sampling.solver = .dpmSolver
        var settings = try request.settings(defaults)
        #expect(
            settings.first
                == .init(solver: .dpmSolver, steps: 12, eta: 1, guidance: .first(scale: 3)))
        #expect(
            settings.further
                == .init(
                    solver: .dpmSolver, steps: 12, eta: 1, guidance: BranchGuidance(scale: 3)))
        request.sampling.cacheInterval = 4
        settings = try request.settings(defaults)
        #expect(settings.first.cacheInterval == 4 && settings.further.cacheInterval == 4)
        request.sampling.cacheInterval = nil
        request.sampling.anchorScale = 5
        #expect(
            try request.settings(defaults).further.guidance
                == BranchGuidance(scale: 3, anchorScale: 5))
        request.sampling.anchorScale = nil
        request.sampling.firstSolver = .ddim
        settings = try request.settings(defaults)
        #expect(settings.firstSolver == .ddim && settings.solver == .dpmSolver)
        request.sampling.firstSolver = nil
        request.sampling.solver = nil
        request.sampling.eta = 0.25
        settings = try request.settings(defaults)
        #expect(settings.firstSolver == .ddim && settings.solver == .ddim && settings.eta == 0.25)
    }

    @Test func jsonMayOmitAllButThePrompt() throws {
        func decode(_ json: String) throws -> GenerationRequest {
            try JSONDecoder().decode(GenerationRequest.self, from: Data(json.utf8))
        }
        let plain = try decode(#"{"prompt": "a", "seed": 3}"#)
        #expect(plain == GenerationRequest(prompt: "a", seed: 3) && plain.frames == 24)
        let drawn = try decode(#"{"prompt": "a", "frames": null}"#)
        #expect(drawn.frames == 24 && drawn.seed < 1 << 32)
        #expect(try decode(#"{"prompt": "a", "endless": true}"#).frames == nil)
        let full = try decode(
            #"""
            {"prompt": "a", "seed": 18446744073709551615, "negative_prompt": "b", "frames": 9,
             "prompt_changes": [{"frame": 16, "prompt": "c"}], "truncate_prompt": true, "width": 64,
             "steps": 4, "guidance_scale": 2, "anchor_scale": 1.5, "guided_steps": 2,
             "cache_interval": 2, "eta": 0.5, "solver": "ddim", "first_solver": "dpm-solver++",
             "join": "keep", "decode_frames": 3}
            """#)
        #expect(full.seed == .max && full.negativePrompt == "b" && full.frames == 9)
        #expect(full.promptChanges == [PromptChange(frame: 16, prompt: "c")])
        #expect(full.truncatesPrompt && full.sampling.width == 64 && full.sampling.height == nil)
        #expect(full.sampling.firstSolver == .dpmSolver && full.sampling.join == .keep)
        #expect(full.sampling.framesPerDecode == 3)
        for request in [plain, full, try decode(#"{"prompt": "a", "endless": true}"#)] {
            let json = try JSONEncoder().encode(request)
            #expect(try JSONDecoder().decode(GenerationRequest.self, from: json) == request)
        }
    }

    @Test(arguments: [
        (#"{"seed": 1}"#, "prompt is missing. Say what the video shall show"),
        (#"{"prompt": "a", "step": 4}"#, "step is no field of this request. Did you mean steps?"),
        (
            #"{"prompt": "a", "guidanceScale": 4}"#,
            "guidanceScale is no field of this request. Did you mean guidance_scale?"
        ),
        (#"{"prompt": "a", "xyzzyplugh": 4}"#, "xyzzyplugh is no field of this request"),
        (#"{"prompt": "a", "steps": "4"}"#, "steps must be a whole number"),
        (#"{"prompt": "a", "steps": 4.5}"#, "steps must be a whole number"),
        (#"{"prompt": "a", "eta": true}"#, "eta must be a number"),
        (#"{"prompt": "a", "solver": "euler"}"#, "solver must be ddim or dpm-solver++"),
        (#"{"prompt": 4}"#, "prompt must be text"),
        (
            #"{"prompt": "a", "seed": -1}"#,
            "seed must be a whole number from 0 to 18446744073709551615"
        ),
        (
            #"{"prompt": "a", "frames": 4, "endless": true}"#,
            "frames cannot be combined with endless"
        ), ("[]", "request must be a JSON object"),
    ]) func jsonThatIsNoRequestIsRefused(json: String, message: String) {
        let error = #expect(throws: InvalidField.self) {
            try JSONDecoder().decode(GenerationRequest.self, from: Data(json.utf8))
        }
        #expect(error?.description == message)
    }

    @Test func defaultsLeftOutOfTheFileAreTheReleases() throws {
        let empty = try JSONDecoder().decode(GenerationDefaults.self, from: Data("{}".utf8))
        #expect(empty == GenerationDefaults())
        let json =
            #"{"first_solver": "ddim", "first_steps": 20, "solver": "dpm-solver++", "fps": 10, "join": "keep"}"#
        let some = try JSONDecoder().decode(GenerationDefaults.self, from: Data(json.utf8))
        var expected = GenerationDefaults()
        expected.sampling.firstSolver = .ddim
        expected.sampling.firstSteps = 20
        expected.sampling.solver = .dpmSolver
        expected.framesPerSecond = 10
        expected.sampling.join = .keep
        #expect(some == expected)
        #expect(
            try JSONDecoder().decode(
                GenerationDefaults.self, from: JSONEncoder().encode(some)) == some)
    }

    /// The manifest states every value that was used, whoever decided it.
    @Test func manifestHoldsResolvedValues() async throws {
        var request = GenerationRequest.tiny(frames: 24)
        request.sampling.eta = 0.5
        request.sampling.firstSolver = .dpmSolver
        request.sampling.anchorScale = 1.5
        (request.sampling.width, request.sampling.height) = (48, 16)
        request.sampling.framesPerDecode = 3
        request.sampling.guidedSteps = 2
        request.sampling.cacheInterval = 2
        request.promptChanges = [PromptChange(frame: 16, prompt: "a blue car")]
        let folder = try SharedModel.folder()
        let generator = try VideoGenerator(model: folder)
        let prepared = try await generator.prepare(request)
        let manifest = GenerationManifest(of: prepared, by: generator, fps: 8, output: "a.mp4")
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
        #expect(settings["truncate_prompt"] as? Bool == false)
        let read = try JSONDecoder().decode(
            GenerationManifest.Settings.self, from: JSONSerialization.data(withJSONObject: settings)
        )
        #expect(read.sampling == prepared.settings && read.promptChanges == request.promptChanges)
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
