import Checkpoints
import Foundation
import StreamingT2V
import Testing
import Torch
import TorchNN
import VideoIO
import VideoModels

@testable import Evaluation

/// The score of the embedded model's CLIP pair, and what is refused.
@Suite struct CLIPScoreMetricTests {
    private static let prompt = "a red car drives to the left past green hills"

    /// `Models/journeys` of this package.
    private static let embedded: URL = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        return folder.appending(path: "Models/journeys")
    }()

    private func scores(_ frames: [RGBFrame], prompt: String = Self.prompt) throws -> MetricResult {
        var circumstances = context(model: ModelFolder(Self.embedded))
        circumstances.prompt = prompt
        var metric = try CLIPScoreMetric.kind.make(circumstances)
        for (index, frame) in frames.enumerated() {
            try metric.append(ObservedFrame(index: index, picture: frame))
        }
        return try metric.finish()
    }

    /// Against the cosine computed from both transformers directly.
    @Test func isAHundredCosines() throws {
        let folder = ModelFolder(Self.embedded)
        let frames = [pattern(0, width: 64, height: 64), pattern(3, width: 64, height: 64)]
        let (text, image) = (try folder.textEncoder(), try folder.imageEncoder())
        let tokenizer = try folder.tokenizer()
        let ids = try tokenizer.encode(Self.prompt).ids  // all 77 positions
        let end = try #require(ids.firstIndex(of: tokenizer.endIdentifier))
        let expected = try withInferenceMode { () throws -> [Double] in
            let states = try text(Tensor(ids.map(Int64.init), shape: [1, ids.count]))
            let words: [Float] = try text.pooled(text.endStates(states, ends: [end])).values()
            return try frames.map { frame in
                let seen: [Float] = try image(image.preprocess(Tensor.images([frame]))).values()
                func product(_ a: [Float], _ b: [Float]) -> Double {
                    zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
                }
                let lengths = (product(words, words) * product(seen, seen)).squareRoot()
                return 100 * product(words, seen) / lengths
            }
        }
        let result = try scores(frames)
        let curve = try #require(result.curve("clip_score")).compactMap(\.self)
        #expect(curve.count == 2 && abs(curve[0] - curve[1]) > 0.1)
        for (value, wanted) in zip(curve, expected) { #expect(abs(value - wanted) < 1e-3) }
        #expect(
            abs((result["clip_score"]?.value ?? 0) - (expected[0] + expected[1]) / 2) < 1e-3)
        #expect(result.settings["model"] == "journeys")
        let hash = try SafetensorsArchive(url: folder.weights(.imageEncoder)).files[0].sha256()
        #expect(result.settings["sha256 image_encoder/model.safetensors"] == hash)
        #expect(result.settings["sha256 text_encoder/model.safetensors"]?.count == 64)
    }

    /// 16 frames are encoded at once; what batch a frame falls into does not matter.
    @Test func batchesDoNotMatter() throws {
        let frames = (0..<35).map { pattern($0 % 5, width: 64, height: 64) }
        let curve = try #require(try scores(frames).curve("clip_score")).compactMap(\.self)
        #expect(curve.count == 35)
        for index in 5..<35 { #expect(abs(curve[index] - curve[index - 5]) < 1e-3) }
    }

    @Test func otherPromptsAndSizes() throws {
        let frames = [pattern(0, width: 96, height: 48)]
        let car = try scores(frames)["clip_score"]?.value
        let bird = try scores(frames, prompt: "a white bird flies at night")["clip_score"]?.value
        #expect(car != nil && bird != nil && car != bird)
        #expect(try scores([])["clip_score"]?.reason == "needs 1 frame, the video has 0")
    }

    @Test func whatIsMissingIsSaid() throws {
        var circumstances = context(model: ModelFolder(Self.embedded))
        #expect {
            try CLIPScoreMetric.kind.make(circumstances)
        } throws: {
            "\($0)".contains("prompt")
        }
        circumstances.prompt = String(repeating: "red car ", count: 80)
        #expect(throws: EvaluationError.promptTooLong(tokens: 162, limit: 77)) {
            try CLIPScoreMetric.kind.make(circumstances)
        }
        // Cut, the prompt is what fits: all longer ones say the same.
        circumstances.truncatesPrompt = true
        func cut(_ words: Int) throws -> Double? {
            circumstances.prompt = String(repeating: "red car ", count: words)
            var metric = try CLIPScoreMetric.kind.make(circumstances)
            try metric.append(
                ObservedFrame(index: 0, picture: pattern(0, width: 64, height: 64)))
            return try metric.finish()["clip_score"]?.value
        }
        #expect(try cut(80) == cut(90) && cut(80) != cut(1))
        var alone = context()
        alone.prompt = Self.prompt
        #expect {
            try CLIPScoreMetric.kind.make(alone)
        } throws: {
            "\($0)".contains("model")
        }
    }

    /// A text transformer without a projection was not trained to be compared with images.
    @Test func refusesAPairWithoutProjection() throws {
        let scratch = FileManager.default.temporaryDirectory
            .appending(path: "evaluation-clip-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }
        for name in ["text_encoder", "tokenizer", "image_encoder"] {
            try FileManager.default.createDirectory(
                at: scratch.appending(path: name), withIntermediateDirectories: true)
        }
        let folder = ModelFolder(scratch)
        var text = CLIPTextConfiguration()
        try folder.save(text, of: .textEncoder)
        try folder.save(CLIPImageConfiguration(), of: .imageEncoder)
        #expect {
            try CLIPPair(folder: folder)
        } throws: {
            "\($0)".contains("no projection")
        }
        text.projectionDimension = 512
        try folder.save(text, of: .textEncoder)
        #expect {
            try CLIPPair(folder: folder)
        } throws: {
            "\($0)".contains("512") && "\($0)".contains("1024")
        }
        try FileManager.default.removeItem(at: folder.folder(.tokenizer))
        #expect {
            try CLIPPair(folder: folder)
        } throws: {
            "\($0)".contains("tokenizer/ is missing")
        }
    }
}
