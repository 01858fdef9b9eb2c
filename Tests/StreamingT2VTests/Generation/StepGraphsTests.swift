import Foundation
import Foundations
import Testing
import Torch
import VideoModels

@testable import StreamingT2V

/// Steps that are recorded and replayed.
@Suite struct StepGraphsTests {
    private let noise = RandomGenerator(seed: 3)

    /// One chunk as it is asked for.
    struct Form: Sendable, CustomTestStringConvertible {
        var isFirst = false
        var solver = SamplingSettings.Solver.dpmSolver
        var scale = 2.5
        var guidedSteps: Int?
        var keepsFrames = false
        /// How many recordings and replays five steps take.
        var recordings = 1
        var replays = 4

        var testDescription: String {
            "first \(isFirst), \(solver), scale \(scale), guided \(guidedSteps ?? 5), kept \(keepsFrames)"
        }
    }

    static let forms: [Form] = [
        Form(), Form(isFirst: true), Form(solver: .ddim), Form(isFirst: true, solver: .ddim),
        Form(keepsFrames: true), Form(scale: 1), Form(guidedSteps: 0),
        Form(guidedSteps: 1, replays: 3), Form(guidedSteps: 2, recordings: 2, replays: 3),
        Form(solver: .ddim, guidedSteps: 3, recordings: 2, replays: 3),
        Form(isFirst: true, guidedSteps: 4, replays: 3),
    ]

    /// All that a chunk's steps give, read when the chunk is made.
    private func values(
        of form: Form, device: Device = .cpu, _ recorder: StepRecorder?
    ) throws -> [[Float]] {
        let pipeline = try SharedModel.folder().pipeline(device: device, dtype: .float32)
        let parts = try #require(pipeline.streaming)
        let shape = [1, 4, 16, 4, 4]
        let text = try noise.normal([2, 77, 24], .data).moved(to: device)
        let pictures = try noise.normal([8, 3, 32, 32], .data, step: 1).clamped(to: -1...1)
            .moved(to: device)
        let conditioning =
            if form.isFirst {
                try pipeline.firstConditioning(text: text, guidance: .first(scale: form.scale))
            } else {
                try pipeline.streamingConditioning(
                    text: text,
                    images: pipeline.imageTokens(anchor: pictures.slice(0, 0..<1), parts),
                    guidance: BranchGuidance(scale: form.scale), parts)
            }
        let known =
            form.keepsFrames
            ? try KnownFrames(
                last: 8, of: noise.normal(shape, .data, step: 2).moved(to: device),
                noise: noise.initialNoise(shape, chunk: 0).moved(to: device)) : nil
        var steps: [Tensor] = []
        let last = try withInferenceMode {
            try pipeline.denoise(
                shape: shape, chunk: form.isFirst ? 0 : 1,
                sampling: .init(
                    solver: form.solver, steps: 5, eta: 1,
                    guidance: BranchGuidance(scale: form.scale),
                    guidedSteps: form.guidedSteps),
                conditioning: conditioning, condition: form.isFirst ? nil : pictures, known: known,
                noise: noise, recorder: recorder
            ) { _, prediction, sample in steps += [prediction, sample] }
        }
        return try (steps + [last]).map { try $0.values() }
    }

    @Test(arguments: forms) func replaysGiveWhatStepsGive(form: Form) throws {
        let log = RerunRecorder()
        let usual = try values(of: form, nil)
        let replayed = try values(of: form, log.recorder)
        #expect(usual.count == 11)
        for (index, (one, other)) in zip(usual, replayed).enumerated() {
            #expect(one == other, "\(["prediction", "sample"][index % 2]) of step \(index / 2)")
        }
        #expect(log.recordings == form.recordings && log.replays == form.replays)
    }

    /// The generator hands the recorder on, and each chunk has recordings of its own.
    @Test func videosStayTheSame() async throws {
        let log = RerunRecorder()
        let request = GenerationRequest.tiny(frames: 32) { $0.sampling.steps = 4 }
        let usual = try await VideoGenerator(model: SharedModel.folder()).frames(request)
        let generator = try VideoGenerator(model: SharedModel.folder(), recorder: log.recorder)
        #expect(try await generator.frames(request) == usual)
        #expect(log.recordings == 3 && log.replays == 9)
    }

    /// What `run` asks of its step, and what it gives, with a step whose results are known.
    @Test func inputsAreTakenOverAndResultsAreKept() throws {
        let log = RerunRecorder()
        let graphs = StepGraphs(log.recorder)
        var results: [Tensor] = []
        for (number, kind) in [1, 1, 1, 2, 2, 1, 1].enumerated() {
            let sample = try Tensor.full([2], value: Double(number))
            let timesteps = try Tensor.full([1], value: Double(100 * number))
            results.append(
                try graphs.run(kind: kind, sample, timesteps) {
                    (sample, timesteps) throws(TensorError) in
                    try sample * Double(kind) + timesteps
                })
        }
        let expected = [0, 101, 202, 306, 408, 505, 606].map { [Float($0), Float($0)] }
        #expect(try results.map { try $0.values() } == expected)
        #expect(log.recordings == 3 && log.replays == 4)
    }

    /// A step that cannot be recorded says why, and is tried again the next time.
    @Test func failuresOfRecordingsAreReported() throws {
        let log = RerunRecorder()
        let graphs = StepGraphs(log.recorder)
        let one = try Tensor.full([1], value: 1)
        let error = TensorError.emptyParameter(shape: [7])
        var fails = false
        func run() throws -> [Float] {
            let fails = fails
            return try graphs.run(kind: 1, one, one) { (sample, _) throws(TensorError) in
                if fails { throw error }
                return sample
            }.values()
        }
        #expect(try run() == [1])
        fails = true
        #expect(throws: error) { try run() }
        #expect(log.replays == 0)
        fails = false
        #expect(try run() == [1])
        #expect(log.recordings == 2 && log.replays == 1)
    }

    @Test func keptFeaturesAreRefused() async throws {
        let generator = try VideoGenerator(
            model: SharedModel.folder(), recorder: RerunRecorder().recorder)
        try await generator.check(.tiny { ($0.sampling.steps, $0.sampling.cacheInterval) = (4, 1) })
        let error = await #expect(throws: InvalidField.self) {
            try await generator.check(
                .tiny { ($0.sampling.steps, $0.sampling.cacheInterval) = (4, 2) })
        }
        #expect(
            error?.description
                == "cuda_graphs replays whole steps; omit it, or cache_interval 2")
    }

    @Test func theProcessorHasNoGraphs() {
        #expect(
            throws: InvalidField(
                "cuda_graphs", "needs a GPU; give \(field: "device") cuda, or omit it")
        ) { try StepRecorder.cudaGraphs(on: .cpu) }
        #expect(throws: TensorError.self) { try StepRecorder.cudaGraphs(on: .cuda(99)) }
    }

    /// The same with a GPU's own graphs.
    @Test(
        .enabled("needs a GPU") { (try? DeviceGraph.requireSupport(on: .cuda(0))) != nil },
        arguments: forms)
    func graphsOfAGPUGiveWhatStepsGive(form: Form) throws {
        let usual = try values(of: form, device: .cuda(0), nil)
        let replayed = try values(
            of: form, device: .cuda(0), .cudaGraphs(on: .cuda(0)))
        for (index, (one, other)) in zip(usual, replayed).enumerated() {
            let distance = zip(one, other).map { abs($0 - $1) }.max() ?? 0
            #expect(distance <= 1e-4, "tensor \(index)")
        }
    }
}
