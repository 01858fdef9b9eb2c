import StreamingT2V
import Testing

/// A request that cannot be met is refused before any work, with what to do about it.
@Suite struct RequestErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let error: GenerationError
        let message: String
        let change: @Sendable (inout GenerationRequest) -> Void

        init(
            _ name: String, _ error: GenerationError, _ message: String,
            _ change: @escaping @Sendable (inout GenerationRequest) -> Void
        ) {
            (testDescription, self.error, self.message, self.change) = (
                name, error, message, change
            )
        }

        /// A bad option, whose message is its name and its rule.
        init(
            option: String, _ rule: String,
            _ change: @escaping @Sendable (inout GenerationRequest) -> Void
        ) {
            self.init(
                "\(option) \(rule)", .invalidOption(option, rule), "\(option) \(rule)", change)
        }
    }

    private static let letters = Array(repeating: "a", count: 75).joined(separator: " ")

    static let cases: [Case] = [
        Case("empty", .emptyPrompt, "the prompt is empty. Say what the video shall show.") {
            $0.prompt = ""
        },
        Case("blank", .emptyPrompt, "the prompt is empty. Say what the video shall show.") {
            $0.prompt = " \n\t\u{2003}"
        },
        Case(
            "too long",
            .promptTooLong(option: "--prompt", tokens: 79, limit: 77, lost: "red ball"),
            "--prompt has 79 tokens, the model reads 77. These words would be lost: \"red ball\". "
                + "Shorten it, or accept the loss with --truncate-prompt."
        ) { $0.prompt = letters + " red ball" },
        Case(
            "negative too long",
            .promptTooLong(option: "--negative-prompt", tokens: 78, limit: 77, lost: "snow"),
            "--negative-prompt has 78 tokens, the model reads 77. These words would be lost: "
                + "\"snow\". Shorten it, or accept the loss with --truncate-prompt."
        ) { $0.negativePrompt = letters + " snow" },
        Case(option: "--frames", "must be from 1 to 10000000, not 0") { $0.frames = 0 },
        Case(option: "--frames", "must be from 1 to 10000000, not -1") { $0.frames = -1 },
        Case(option: "--frames", "must be from 1 to 10000000, not 1000000000") {
            $0.frames = 1_000_000_000
        },
        Case(option: "--frames", "must be from 1 to 10000000, not \(Int.min)") { $0.frames = .min },
        Case(option: "--prompt-at", "must name a frame up to 10000000, not \(Int.max)") {
            $0.promptChanges = [PromptChange(frame: .max, prompt: "a bird")]
        },
        Case(option: "--steps", "must be from 1 to 1000, not 0") { $0.steps = 0 },
        Case(option: "--steps", "must be from 1 to 1000, not 1001") { $0.steps = 1001 },
        Case(option: "--guidance-scale", "must be from 0 to 100, not nan") {
            $0.guidanceScale = .nan
        },
        Case(option: "--guidance-scale", "must be from 0 to 100, not -1.0") {
            $0.guidanceScale = -1
        },
        Case(option: "--guidance-scale", "must be from 0 to 100, not 101.0") {
            $0.guidanceScale = 101
        },
        Case(option: "--guidance-scale", "must be from 0 to 100, not inf") {
            $0.guidanceScale = .infinity
        },
        Case(option: "--anchor-scale", "must be from 0 to 100, not -0.5") { $0.anchorScale = -0.5 },
        Case(option: "--anchor-scale", "must be from 0 to 100, not nan") { $0.anchorScale = .nan },
        Case(option: "--guided-steps", "must be from 0 to 1000, not -1") { $0.guidedSteps = -1 },
        Case(option: "--guided-steps", "must be at most the 4 steps of a chunk, not 5") {
            $0.steps = 4
            $0.guidedSteps = 5
        },
        Case(option: "--cache-interval", "must be from 1 to 1000, not 0") { $0.cacheInterval = 0 },
        Case(option: "--cache-interval", "must be at most the 4 steps of a chunk, not 5") {
            $0.steps = 4
            $0.cacheInterval = 5
        },
        Case(option: "--decode-frames", "must be from 1 to 1024, not 0") {
            $0.framesPerDecode = 0
        },
        Case(option: "--eta", "must be from 0 to 1, not -0.1") { $0.eta = -0.1 },
        Case(option: "--eta", "must be from 0 to 1, not 1.1") { $0.eta = 1.1 },
        Case(option: "--eta", "must be from 0 to 1, not nan") { $0.eta = .nan },
        Case(option: "--eta", "works with --solver ddim only") {
            $0.eta = 0.5
            $0.solver = .dpmSolver
        },
        Case(option: "--eta", "works with --solver ddim only") {
            $0.eta = 0.5
            $0.solver = .dpmSolver
            $0.firstSolver = .dpmSolver
        },
    ]

    @Test(arguments: cases)
    func badRequestIsRefusedBeforeAnyWork(_ bad: Case) async throws {
        let generator = try VideoGenerator(model: SharedModel.folder())
        let request = GenerationRequest.tiny(change: bad.change)
        #expect("\(bad.error)" == bad.message)
        await #expect(throws: bad.error) { try await generator.check(request) }
        let log = GenerationLog()
        await #expect(throws: bad.error) {
            try await generator.frames(request, progress: log.append)
        }
        #expect(log.count == 0)
        // The generator is as good as before.
        #expect(try await generator.frames(.tiny(frames: 1)).count == 1)
    }

    /// The borders themselves are allowed.
    @Test func extremeRequestsPass() async throws {
        let generator = try VideoGenerator(model: SharedModel.folder())
        let changes: [(inout GenerationRequest) -> Void] = [
            { $0.frames = 10_000_000 }, { $0.frames = nil }, { $0.steps = 1 }, { $0.steps = 1000 },
            { $0.guidanceScale = 0 }, { $0.guidanceScale = 100 }, { $0.eta = 0 }, { $0.eta = 1 },
            { $0.solver = .dpmSolver }, { $0.prompt = Self.letters },
            { $0.prompt = "🚀 \u{0} <|endoftext|>" },
        ]
        for change in changes { try await generator.check(.tiny(change: change)) }
        #expect(try await generator.frames(.tiny(frames: 17) { $0.steps = 1 }).count == 17)
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
            throws: GenerationError.invalidOption("--steps", "must be from 1 to 20, not 21")
        ) { try await generator.check(.tiny { $0.steps = 21 }) }
        for solver in GenerationDefaults.Solver.allCases {
            let frames = try await generator.frames(
                .tiny(frames: 17) {
                    $0.steps = 20
                    $0.solver = solver
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
        let error = GenerationError.noStreaming(folder: folder.url.path)
        #expect(
            "\(error)"
                == "\(folder.url.path) has no streaming/ part and can make 16 frames at most. "
                + "Ask for --frames 16 or less, give one with --streaming-checkpoint, or train the stages cam and apm."
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
