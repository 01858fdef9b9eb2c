import Checkpoints
import Foundation
import TestSupport
import Testing
import Torch
import VideoIO

@testable import StreamingT2V

/// A state that was saved after any chunk leads to the same bytes as going on at once.
@Suite struct StreamStateTests {
    struct Form: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var dtype = DType.float32
        var footage = 0
        var retries: Set<Int> = []
        var change: @Sendable (inout GenerationRequest) -> Void

        init(
            _ name: String, dtype: DType = .float32, footage: Int = 0, retries: Set<Int> = [],
            change: @escaping @Sendable (inout GenerationRequest) -> Void = { _ in }
        ) {
            (testDescription, self.dtype, self.footage) = (name, dtype, footage)
            (self.retries, self.change) = (retries, change)
        }

        @Sendable func verdict(_ chunk: VideoChunk) -> ChunkVerdict {
            retries.contains(chunk.index) && chunk.attempt < chunk.index ? .retry : .accept
        }
    }

    static let forms: [Form] = [
        Form("regenerate"), Form("keep") { $0.sampling.join = .keep },
        Form("anchor scale, guided steps, cache interval") {
            $0.sampling.steps = 4
            $0.sampling.anchorScale = 1
            $0.sampling.guidedSteps = 2
            $0.sampling.cacheInterval = 2
        },
        Form("prompt change") {
            $0.promptChanges = [PromptChange(frame: 24, prompt: "a blue car")]
        },
        Form("footage", footage: 3),
        Form("footage, keep", footage: 20) { $0.sampling.join = .keep },
        Form("retry", retries: [1, 2]) { $0.sampling.join = .keep },
        Form("eta 1") {
            $0.sampling.eta = 1
            $0.sampling.join = .keep
        }, Form("bfloat16", dtype: .bfloat16) { $0.sampling.join = .keep },
        Form("decoding by threes") {
            $0.sampling.framesPerDecode = 3
            $0.frames = 37
        },
    ]

    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// A video, the states after its chunks, and the chunks after each state, made by another generator.
    private func expectSameBytes(
        _ model: ModelFolder, _ request: GenerationRequest, _ form: Form
    ) async throws {
        func generator() throws -> VideoGenerator {
            try VideoGenerator(model: model, dtype: form.dtype)
        }
        var footage: Footage?
        if form.footage > 0 {
            let path = scratch.folder.path + "/footage/"
            let writer = try await VideoOutput.open(
                path: path, width: 32, height: 32, framesPerSecond: 8)
            for index in 0..<form.footage {
                try await writer.append(TinyEnhancer.picture(index, width: 32, height: 32))
            }
            try await writer.finish()
            footage = try await generator().footage(path, as: .video, for: request)
        }
        let first = try generator()
        let prepared = try await first.prepare(request, continuing: footage)
        let iterator = first.chunks(for: prepared, review: form.verdict).makeAsyncIterator()
        var chunks: [VideoChunk] = []
        var states: [URL] = []
        while let chunk = try await iterator.next() {
            if footage != nil, chunk.index == 0 { continue }
            let state = scratch.folder.appending(path: "state-\(chunk.index)")
            try await iterator.saveState(to: state)
            chunks.append(chunk)
            states.append(state)
        }
        #expect(chunks.count == (footage == nil ? 4 : 5))
        for (number, state) in states.enumerated() {
            let other = try generator()
            let resumed = other.chunks(
                for: try await other.prepare(request, continuing: footage), from: state,
                review: form.verdict
            ).makeAsyncIterator()
            for expected in chunks[(number + 1)...] {
                let chunk = try #require(try await resumed.next())
                #expect(chunk.index == expected.index && chunk.attempt == expected.attempt)
                #expect(chunk.firstFrame == expected.firstFrame)
                #expect(chunk.frames == expected.frames, "chunk \(chunk.index) after \(number)")
            }
            #expect(try await resumed.next() == nil)
            // What is remembered is the same, too.
            let last = scratch.folder.appending(path: "last")
            try await resumed.saveState(to: last)
            #expect(
                try Data(contentsOf: last) == Data(contentsOf: #require(states.last)),
                "state after \(number)")
        }
    }

    @Test(arguments: forms) func everyStateLeadsToTheSameBytes(form: Form) async throws {
        try await expectSameBytes(
            SharedModel.folder(), .tiny(frames: 40, change: form.change), form)
    }

    /// Three chunks have the frames that the next one is conditioned on, and noise of them is carried on.
    @Test(arguments: [SamplingSettings.Join.keep, .regenerate])
    func chunksThatAddFewFrames(join: SamplingSettings.Join) async throws {
        var model = TinyModel()
        model.streaming?.conditionalFrames = 12
        let folder = try model.make(at: scratch.folder.appending(path: "model"))
        let request = GenerationRequest.tiny(frames: 28) { $0.sampling.join = join }
        try await expectSameBytes(folder, request, Form("\(join)"))
    }

    /// Weights for few steps, of the model that ships.
    @Test func distilledModelGoesOn() async throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let model = try ModelFolder(root.appending(path: "Models/journeys")).distilled()
        var request = GenerationRequest(
            prompt: "a red car drives to the left past green hills at sunset", seed: 4)
        request.frames = 40
        try await expectSameBytes(model, request, Form("distilled"))
    }

    @Test func anotherProcessGoesOn() async throws {
        let generator = try VideoGenerator(model: SharedModel.folder())
        let request = GenerationRequest.tiny(frames: 32) { $0.sampling.join = .keep }
        let prepared = try await generator.prepare(request)
        let iterator = generator.chunks(for: prepared).makeAsyncIterator()
        _ = try await iterator.next()
        let state = scratch.folder.appending(path: "state").path
        try await iterator.saveState(to: URL(filePath: state))
        var rest: [UInt8] = []
        while let chunk = try await iterator.next() { rest += chunk.frames.flatMap(\.pixels) }
        let (model, expected) = (try SharedModel.folder().url.path, rest)
        await #expect(processExitsWith: .success) {
            [state = state as String, model = model as String, expected = expected as [UInt8]] in
            let generator = try VideoGenerator(model: ModelFolder(URL(filePath: model)))
            let request = GenerationRequest.tiny(frames: 32) { $0.sampling.join = .keep }
            var made: [UInt8] = []
            for try await chunk in generator.chunks(
                for: try await generator.prepare(request), from: URL(filePath: state))
            { made += chunk.frames.flatMap(\.pixels) }
            #expect(made == expected)
        }
    }

    @Test func whatIsNoStateIsRefused() async throws {
        let generator = try VideoGenerator(model: SharedModel.folder())
        func error(_ file: URL, _ request: GenerationRequest) async throws -> String {
            let prepared = try await generator.prepare(request)
            let chunks = generator.chunks(for: prepared, from: file).makeAsyncIterator()
            let error = await #expect(throws: (any Error).self) { _ = try await chunks.next() }
            return "\(String(describing: error))"
        }
        let iterator = try await generator.chunks(for: .tiny(frames: 40)).makeAsyncIterator()
        for _ in 0..<3 { _ = try await iterator.next() }
        let state = scratch.folder.appending(path: "state")
        try await iterator.saveState(to: state)
        let wide = try await error(state, .tiny(frames: 40) { $0.sampling.width = 48 })
        #expect(wide.contains("its latents have shape [1, 4, 16, 4, 4], not [1, 4, 16, 4, 6]"))
        let other = scratch.folder.appending(path: "other")
        let archive = try SafetensorsFile(url: state)
        #expect(archive.names.sorted() == ["chunk.0", "chunk.2"])
        try saveTensors([("chunk.0", archive.tensor("chunk.0"))], to: other)
        #expect(try await error(other, .tiny()).contains("it is no state of a video"))
        try saveTensors(
            archive.names.map { ($0, try archive.tensor($0)) }, to: other,
            metadata: archive.metadata.mapValues { $0.replacing("\"2\"", with: "\"1\"") })
        #expect(try await error(other, .tiny(frames: 40)).contains("it lacks chunks"))
    }
}
