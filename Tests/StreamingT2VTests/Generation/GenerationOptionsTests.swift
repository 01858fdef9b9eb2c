import StreamingT2V
import TestSupport
import Testing
import VideoIO

/// Every option of a request changes the video.
@Suite struct GenerationOptionsTests {
    private let generator: VideoGenerator

    init() throws {
        generator = try VideoGenerator(model: SharedModel.folder())
    }

    /// Frames of the first chunk and of one behind it.
    private func chunks(
        _ change: (inout GenerationRequest) -> Void = { _ in }
    ) async throws -> (first: [RGBFrame], further: [RGBFrame]) {
        let frames = try await generator.frames(.tiny(frames: 24, change: change))
        return (Array(frames[..<16]), Array(frames[16...]))
    }

    private static let changes:
        [(name: String, change: @Sendable (inout GenerationRequest) -> Void)] =
            [
                ("prompt", { $0.prompt = "a blue car drives through the snow" }),
                ("one word", { $0.prompt = "a blue ball rolls over the lake" }),
                ("negative prompt", { $0.negativePrompt = "a yellow bird" }),
                ("seed", { $0.seed = 8 }),
                ("steps", { $0.sampling.steps = 3 }),
                ("guidance scale", { $0.sampling.guidanceScale = 1.5 }),
                ("no guidance", { $0.sampling.guidanceScale = 1 }),
                ("eta", { $0.sampling.eta = 0.5 }),
                ("other eta", { $0.sampling.eta = 0 }),
            ]

    @Test(arguments: changes.map(\.name))
    func optionChangesAllChunks(name: String) async throws {
        let change = try #require(Self.changes.first { $0.name == name }).change
        let (usual, changed) = (try await chunks(), try await chunks(change))
        #expect(usual.first != changed.first)
        #expect(usual.further != changed.further)
        // Not one pixel somewhere: all frames.
        for (one, other) in zip(usual.first + usual.further, changed.first + changed.further) {
            #expect(one != other)
        }
    }

    /// The tiny model's first chunk is sampled with DPM-Solver++, the others with DDIM.
    @Test func solverReplacesBothDefaults() async throws {
        let usual = try await chunks()
        let ddim = try await chunks { $0.sampling.solver = .ddim }
        let dpm = try await chunks { $0.sampling.solver = .dpmSolver }
        #expect(ddim.first != usual.first)
        #expect(dpm.first == usual.first)
        #expect(dpm.further != usual.further)
        #expect(ddim.further != dpm.further)
    }

    /// A noise strength means DDIM, which alone has one.
    @Test func etaSelectsDDIM() async throws {
        let implied = try await chunks { $0.sampling.eta = 0.5 }
        let named = try await chunks {
            $0.sampling.eta = 0.5
            $0.sampling.solver = .ddim
        }
        #expect(implied.first == named.first)
        #expect(implied.further == named.further)
    }

    /// Without guidance the negative prompt is not evaluated.
    @Test func guidanceOfOneOrLessIsOneBranch() async throws {
        func frames(_ scale: Double, negative: String) async throws -> [RGBFrame] {
            try await generator.frames(
                .tiny(frames: 24) {
                    $0.sampling.guidanceScale = scale
                    $0.negativePrompt = negative
                })
        }
        let plain = try await frames(1, negative: "")
        #expect(try await frames(1, negative: "a yellow bird") == plain)
        #expect(try await frames(0.5, negative: "") == plain)
        #expect(try await frames(0, negative: "") == plain)
        let guided = try await frames(1.01, negative: "")
        #expect(guided != plain)
        #expect(try await frames(1.01, negative: "a yellow bird") != guided)
    }

    /// The first chunk alone has another solver, whatever the others have.
    @Test func firstSolverActsOnTheFirstChunkOnly() async throws {
        let usual = try await chunks()  // DPM-Solver++, then DDIM
        let first = try await chunks { $0.sampling.firstSolver = .ddim }
        #expect(first.first == (try await chunks { $0.sampling.solver = .ddim }).first)
        #expect(first.first != usual.first)
        let named = try await chunks {
            $0.sampling.solver = .ddim
            $0.sampling.firstSolver = .dpmSolver
        }
        #expect(named.first == usual.first && named.further == usual.further)
        // Noise is for the solver that has some.
        let noisy = try await chunks {
            $0.sampling.firstSolver = .dpmSolver
            $0.sampling.eta = 0.5
        }
        #expect(noisy.first == usual.first && noisy.further != usual.further)
    }

    /// The anchor's own scale changes the chunks that have an anchor; the prompt's own value changes nothing.
    @Test func anchorScaleActsBehindTheFirstChunk() async throws {
        let usual = try await chunks()
        let same = try await chunks { $0.sampling.anchorScale = 2.5 }  // the model's guidance scale
        #expect(same.first == usual.first && same.further == usual.further)
        var seen = [usual.further]
        for scale in [0, 1, 5.0] {
            let changed = try await chunks { $0.sampling.anchorScale = scale }
            #expect(changed.first == usual.first)
            for other in seen { for (a, b) in zip(changed.further, other) { #expect(a != b) } }
            seen.append(changed.further)
        }
    }

    @Test func sizeComesFromTheModel() async throws {
        let scratch = try Scratch()
        var model = TinyModel()
        (model.defaults.sampling.height, model.defaults.sampling.width) = (24, 40)
        let generator = try VideoGenerator(model: model.make(at: scratch.folder))
        let frames = try await generator.frames(.tiny(frames: 17))
        #expect(frames.count == 17)
        #expect(frames.allSatisfy { $0.height == 24 && $0.width == 40 })
    }
}
