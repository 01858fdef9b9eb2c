import Foundations
import StreamingT2V
import TestSupport
import Testing

/// A request that cannot be met is refused before any work, with what to do about it.
@Suite struct RequestErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let field: String
        let message: FailureText
        let change: @Sendable (inout GenerationRequest) -> Void

        var testDescription: String { message.description }

        init(
            _ field: String, message: FailureText,
            _ change: @escaping @Sendable (inout GenerationRequest) -> Void
        ) {
            (self.field, self.message, self.change) = (field, message, change)
        }

        /// A field that breaks a rule.
        init(
            _ field: String, _ rule: FailureText,
            _ change: @escaping @Sendable (inout GenerationRequest) -> Void
        ) {
            self.init(field, message: "\(field: field) \(rule)", change)
        }
    }

    private static let letters = Array(repeating: "a", count: 75).joined(separator: " ")

    static let cases: [Case] = [
        Case("prompt", "is empty. Say what the video shall show") {
            $0.prompt = ""
        },
        Case("prompt", "is empty. Say what the video shall show") {
            $0.prompt = " \n\t\u{2003}"
        },
        Case(
            "prompt",
            message:
                "\(field: "prompt") has 79 tokens, the model reads 77. These words would be lost: "
                + "\"red ball\". Shorten it, or accept the loss with \(field: "truncate_prompt")."
        ) { $0.prompt = letters + " red ball" },
        Case(
            "negative_prompt",
            message:
                "\(field: "negative_prompt") has 78 tokens, the model reads 77. These words would be "
                + "lost: \"snow\". Shorten it, or accept the loss with \(field: "truncate_prompt")."
        ) { $0.negativePrompt = letters + " snow" },
        Case("frames", "must be from 1 to 10000000, not 0") { $0.frames = 0 },
        Case("frames", "must be from 1 to 10000000, not -1") { $0.frames = -1 },
        Case("frames", "must be from 1 to 10000000, not 1000000000") {
            $0.frames = 1_000_000_000
        },
        Case("frames", "must be from 1 to 10000000, not \(Int.min)") { $0.frames = .min },
        Case("prompt_changes", "must name a frame up to 10000000, not \(Int.max)") {
            $0.promptChanges = [PromptChange(frame: .max, prompt: "a bird")]
        },
        Case("steps", "must be from 1 to 1000, not 0") { $0.sampling.steps = 0 },
        Case("steps", "must be from 1 to 1000, not 1001") { $0.sampling.steps = 1001 },
        Case("guidance_scale", "must be from 0 to 100, not nan") {
            $0.sampling.guidanceScale = .nan
        },
        Case("guidance_scale", "must be from 0 to 100, not -1.0") {
            $0.sampling.guidanceScale = -1
        },
        Case("guidance_scale", "must be from 0 to 100, not 101.0") {
            $0.sampling.guidanceScale = 101
        },
        Case("guidance_scale", "must be from 0 to 100, not inf") {
            $0.sampling.guidanceScale = .infinity
        },
        Case("anchor_scale", "must be from 0 to 100, not -0.5") { $0.sampling.anchorScale = -0.5 },
        Case("anchor_scale", "must be from 0 to 100, not nan") { $0.sampling.anchorScale = .nan },
        Case("guided_steps", "must be from 0 to 2, not -1") { $0.sampling.guidedSteps = -1 },
        Case("guided_steps", "must be from 0 to 4, not 5") {
            $0.sampling.steps = 4
            $0.sampling.guidedSteps = 5
        },
        Case("cache_interval", "must be from 1 to 2, not 0") { $0.sampling.cacheInterval = 0 },
        Case("cache_interval", "must be from 1 to 4, not 5") {
            $0.sampling.steps = 4
            $0.sampling.cacheInterval = 5
        },
        Case("decode_frames", "must be from 1 to 1024, not 0") {
            $0.sampling.framesPerDecode = 0
        },
        Case("eta", "must be from 0 to 1, not -0.1") { $0.sampling.eta = -0.1 },
        Case("eta", "must be from 0 to 1, not 1.1") { $0.sampling.eta = 1.1 },
        Case("eta", "must be from 0 to 1, not nan") { $0.sampling.eta = .nan },
        Case("eta", "works with \(field: "solver") ddim only") {
            $0.sampling.eta = 0.5
            $0.sampling.solver = .dpmSolver
        },
        Case("eta", "works with \(field: "solver") ddim only") {
            $0.sampling.eta = 0.5
            $0.sampling.solver = .dpmSolver
            $0.sampling.firstSolver = .dpmSolver
        },
    ]

    @Test(arguments: cases)
    func badRequestIsRefusedBeforeAnyWork(_ bad: Case) async throws {
        let generator = try VideoGenerator(model: SharedModel.folder())
        let request = GenerationRequest.tiny(change: bad.change)
        func expectRefusal(_ body: () async throws -> Void) async {
            let error = await #expect(throws: (any Error).self) { try await body() }
            let failure = error as? any Failure
            #expect(failure?.message == bad.message, "\(String(describing: error))")
            #expect(failure?.field == bad.field && failure?.kind == .badRequest)
        }
        await expectRefusal { try await generator.check(request) }
        let log = GenerationLog()
        await expectRefusal { _ = try await generator.frames(request, progress: log.append) }
        #expect(log.count == 0)
        // The generator is as good as before.
        #expect(try await generator.frames(.tiny(frames: 1)).count == 1)
    }

    /// The borders themselves are allowed.
    @Test func extremeRequestsPass() async throws {
        let generator = try VideoGenerator(model: SharedModel.folder())
        let changes: [(inout GenerationRequest) -> Void] = [
            { $0.frames = 10_000_000 }, { $0.frames = nil }, { $0.sampling.steps = 1 },
            { $0.sampling.steps = 1000 },
            { $0.sampling.guidanceScale = 0 }, { $0.sampling.guidanceScale = 100 },
            { $0.sampling.eta = 0 }, { $0.sampling.eta = 1 },
            { $0.sampling.solver = .dpmSolver }, { $0.prompt = Self.letters },
            { $0.prompt = "🚀 \u{0} <|endoftext|>" },
        ]
        for change in changes { try await generator.check(.tiny(change: change)) }
        #expect(try await generator.frames(.tiny(frames: 17) { $0.sampling.steps = 1 }).count == 17)
    }

    /// The end that is cut off does not act.
    @Test func truncatedPromptIsAccepted() async throws {
        let generator = try VideoGenerator(model: SharedModel.folder())
        let cut = try await generator.frames(
            .tiny {
                $0.prompt = Self.letters + " red ball"
                $0.negativePrompt = Self.letters + " snow"
                $0.truncatesPrompt = true
            })
        let short = try await generator.frames(
            .tiny {
                $0.prompt = Self.letters
                $0.negativePrompt = Self.letters
            })
        #expect(cut == short)
    }

    /// Steps are limited by the model's own schedule.
    @Test func stepsAreLimitedByTheSchedule() async throws {
        let scratch = try Scratch()
        var model = TinyModel()
        model.scheduler.trainSteps = 20
        let generator = try VideoGenerator(model: model.make(at: scratch.folder))
        await #expect(
            throws: InvalidField("steps", "must be from 1 to 20, not 21")
        ) { try await generator.check(.tiny { $0.sampling.steps = 21 }) }
        for solver in SamplingSettings.Solver.allCases {
            let frames = try await generator.frames(
                .tiny(frames: 17) {
                    $0.sampling.steps = 20
                    $0.sampling.solver = solver
                })
            #expect(frames.count == 17)
        }
    }

    @Test func modelWithoutStreamingMakesOneChunk() async throws {
        let scratch = try Scratch()
        var model = TinyModel()
        model.streaming = nil
        let folder = try model.make(at: scratch.folder)
        let generator = try VideoGenerator(model: folder)
        let error = GenerationError.noStreaming(folder: folder.url.path, frames: 16)
        #expect(
            "\(error)"
                == "\(folder.url.path) has no streaming/ part and can make 16 frames at most. "
                + "Ask for frames 16 or less, give one with streaming_checkpoint, or train the stages cam and apm."
        )
        for frames in [17, 24, nil] {
            let log = GenerationLog()
            await #expect(throws: error) {
                try await generator.frames(.tiny(frames: frames), progress: log.append)
            }
            #expect(log.count == 0)
        }
        // The first chunk uses neither CAM nor APM, and the base weights are the same.
        let usual = try VideoGenerator(model: SharedModel.folder())
        for frames in [1, 16] {
            let video = try await generator.frames(.tiny(frames: frames))
            #expect(try await video == usual.frames(.tiny(frames: frames)))
        }
    }
}
