import Foundation
import Foundations
import TestSupport
import Testing
import VideoIO
import VideoModels

@testable import StreamingT2V

/// Every option acts, and a request that cannot be met is refused with the option's name.
@Suite struct EnhancementRequestTests {
    static let options: [(name: String, change: @Sendable (inout EnhancementRequest) -> Void)] = [
        ("prompt", { $0.prompt = "a blue bird flies over the meadow" }),
        ("negative prompt", { $0.negativePrompt = "snow" }),
        ("seed", { $0.seed = 8 }),
        ("width", { $0.changes.width = 32 }),
        ("height", { $0.changes.height = 40 }),
        ("chunk", { $0.changes.chunkLength = 7 }),
        ("overlap", { $0.changes.overlap = 3 }),
        ("independent", { $0.changes.seam = .independent }),
        ("fixed", { $0.changes.seam = .fixed }),
        ("fixed at the end", { ($0.changes.seam, $0.changes.seamOffset) = (.fixed, 2) }),
        ("paper", { $0.changes.seam = .paper }),
        ("samples", { $0.changes.quantity = .sample }),
        ("noise level", { $0.changes.noiseLevel = 300 }),
        ("steps", { $0.changes.steps = 4 }),
        ("guidance", { $0.changes.guidanceScale = 4 }),
        ("no guidance", { $0.changes.guidanceScale = 1 }),
        ("rescale", { $0.changes.guidanceRescale = 0.9 }),
        ("eta", { $0.changes.eta = 0 }),
        ("low delay", { $0.lowDelaySteps = 2 }),
        ("sharpening", { $0.changes.sharpening = 0.5 }),
    ]

    /// 14 frames are three chunks with two seams.
    @Test func everyOptionChangesTheVideo() async throws {
        let enhancer = try VideoEnhancer(model: TinyEnhancer.folder())
        var seen: [(String, [RGBFrame])] = [("plain", try await enhancer.enhanced(14))]
        for (name, change) in Self.options {
            let video = try await enhancer.enhanced(14, .tiny(change: change))
            for (other, frames) in seen { #expect(video != frames, "\(name) is as \(other)") }
            seen.append((name, video))
        }
    }

    /// The defaults of the folder act as the options do.
    @Test func folderDefaultsAct() async throws {
        let scratch = try Scratch()
        let folder = try TinyEnhancer.copy(to: scratch)
        let plain = try VideoEnhancer(model: folder)
        var defaults = TinyEnhancer.defaults
        (defaults.steps, defaults.seam, defaults.noiseLevel, defaults.overlap) = (4, .paper, 300, 3)
        try folder.write(defaults, to: folder.url.appending(path: "enhancer/enhancement.json"))
        let changed = try await VideoEnhancer(model: folder).enhanced(9)
        let asked = EnhancementRequest.tiny {
            ($0.changes.steps, $0.changes.seam, $0.changes.noiseLevel, $0.changes.overlap) = (
                4, .paper, 300, 3
            )
        }
        #expect(try await changed == plain.enhanced(9, asked))
        let suffixed = EnhancementRequest.tiny { $0.prompt += ", " }
        defaults.promptSuffix = ", "
        defaults.firstInputScale = .exact
        try folder.write(defaults, to: folder.url.appending(path: "enhancer/enhancement.json"))
        let scaled = try VideoEnhancer(model: folder)
        #expect(try await scaled.enhanced(9) != changed)
        #expect(
            try scaled.defaults.promptSuffix == ", "
                && EnhancementRequest.tiny().settings(scaled.defaults).prompt == suffixed.prompt)
    }

    @Test func releaseValuesFillTheGaps() throws {
        let empty = try JSONDecoder().decode(EnhancementDefaults.self, from: Data("{}".utf8))
        #expect(empty == EnhancementDefaults())
        let expected: [String: any Equatable] = [
            "height": 720, "width": 1280, "chunk_length": 24, "overlap": 8, "steps": 30,
            "noise_level": 600, "guidance_scale": 7.5, "guidance_rescale": 0.2, "seam": "code",
            "first_input_scale": "release", "eta": 1.0, "sharpening": 0.0, "prompt_suffix": ", ",
        ]
        let object = try #require(
            try JSONSerialization.jsonObject(with: JSONEncoder().encode(empty)) as? NSDictionary)
        #expect(object == expected as NSDictionary)
        let trained = """
            {"height": 128, "width": 96, "chunk_length": 16, "overlap": 4, "steps": 8,
            "noise_level": 300, "first_input_scale": "exact", "guidance_scale": 1,
            "guidance_rescale": 0, "prompt_suffix": ""}
            """
        let partial = try JSONDecoder().decode(EnhancementDefaults.self, from: Data(trained.utf8))
        try partial.validate()
        #expect(partial.height == 128 && partial.width == 96 && partial.promptSuffix == "")
        #expect(partial.chunkLength == 16 && partial.overlap == 4 && partial.noiseLevel == 300)
        #expect(partial.steps == 8 && partial.guidanceScale == 1 && partial.guidanceRescale == 0)
        #expect(partial.firstInputScale == .exact && partial.seam == .code && partial.eta == 1)
        #expect(empty.blending == .code)
        var changed = empty
        changed.seam = .paper
        #expect(changed.blending == .paper)
        changed.seam = .fixed
        #expect(changed.blending == BlendingPolicy(seam: .fixed(4)))
        (changed.seamOffset, changed.quantity) = (1, .sample)
        #expect(changed.blending == BlendingPolicy(seam: .fixed(1), quantity: .sample))
        let copy = try JSONDecoder().decode(
            EnhancementDefaults.self, from: JSONEncoder().encode(changed))
        #expect(copy == changed)
    }

    static let refusals:
        [(option: String, hint: String, change: @Sendable (inout EnhancementRequest) -> Void)] = [
            ("width", "8192", { $0.changes.width = 7 }),
            ("height", "8192", { $0.changes.height = 8193 }),
            ("chunk_length", "frames", { $0.changes.chunkLength = 0 }),
            ("overlap", "0 to 5", { $0.changes.overlap = 6 }),
            ("overlap", "0 to 1", { $0.changes.chunkLength = 2 }),
            ("overlap", "-1", { $0.changes.overlap = -1 }),
            ("noise_level", "1000", { $0.changes.noiseLevel = 1001 }),
            ("noise_level", "1000", { $0.changes.noiseLevel = 0 }),
            ("steps", "noise level", { $0.changes.steps = 601 }),
            ("steps", "noise level of 2", { $0.changes.noiseLevel = 2 }),
            ("steps", "0", { $0.changes.steps = 0 }),
            ("guidance_scale", "100", { $0.changes.guidanceScale = .nan }),
            ("guidance_scale", "100", { $0.changes.guidanceScale = -1 }),
            ("guidance_rescale", "1", { $0.changes.guidanceRescale = 1.5 }),
            ("eta", "1", { $0.changes.eta = 2 }),
            ("sharpening", "4", { $0.changes.sharpening = -1 }),
            ("seam_offset", "2", { $0.changes.seamOffset = 3 }),
            ("low_delay_steps", "3 steps", { $0.lowDelaySteps = 4 }),
            ("low_delay_steps", "-1", { $0.lowDelaySteps = -1 }),
        ]

    @Test(arguments: refusals.indices) func refusesWhatCannotBe(index: Int) async throws {
        let (option, hint, change) = Self.refusals[index]
        let enhancer = try VideoEnhancer(model: TinyEnhancer.folder())
        let video = CountedVideo(frames: 3)
        let request = EnhancementRequest.tiny(change: change)
        let error = await #expect(throws: InvalidField.self) {
            for try await _ in try await enhancer.frames(of: video, for: request) {}
        }
        #expect(error?.name == option)
        #expect(error?.rule.description.contains(hint) == true, "\(String(describing: error))")
        #expect(video.pulled.value == 0)
    }

    @Test func refusesPromptsThatDoNotFit() async throws {
        let enhancer = try VideoEnhancer(model: TinyEnhancer.folder())
        await #expect(throws: InvalidField("prompt", "is empty. Say what the video shows")) {
            try await enhancer.check(.tiny { $0.prompt = " \n" })
        }
        let long = Array(repeating: "red ball", count: 60).joined(separator: " ")
        await #expect(throws: GenerationError.self) {
            try await enhancer.check(.tiny { $0.negativePrompt = long })
        }
        try await enhancer.check(
            .tiny {
                $0.prompt = long
                $0.truncatesPrompt = true
            })
    }
}
