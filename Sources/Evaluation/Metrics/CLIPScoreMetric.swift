import Foundations
import Torch

/// CLIP score: 100 × the mean cosine between the prompt's embedding and each frame's.
///
/// Values of different CLIP models cannot be compared, so the result names the model and its weights.
///
/// Source: Henschel et al., StreamingT2V, section "Evaluation"; Hessel et al., CLIPScore, 2021, without its factor 2.5.
struct CLIPScoreMetric: VideoMetric {
    static let kind = MetricKind(name: "clip", summary: "frames against the prompt (CLIP score)") {
        context in
        guard let prompt = context.prompt else {
            throw EvaluationError.missing(
                metric: "clip", need: "what the video should show",
                remedy: "Say it with \(field: "prompt"), or name the video's \(field: "manifest").")
        }
        guard let pair = try context.models.clipPair() else {
            throw EvaluationError.missing(
                metric: "clip", need: "a model folder with a CLIP pair",
                remedy: "Name it with \(field: "model").")
        }
        return CLIPScoreMetric(
            pair: pair, prompt: try pair.embed(prompt, truncates: context.truncatesPrompt))
    }

    /// Frames that are encoded at once.
    private static let batch = 16

    private let pair: CLIPPair
    private let prompt: Tensor  // [1, E]
    private var waiting: [Tensor] = []
    private var scores: [Double] = []

    init(pair: CLIPPair, prompt: Tensor) {
        self.pair = pair
        self.prompt = prompt
    }

    mutating func append(_ frame: ObservedFrame) throws {
        waiting.append(try pair.prepare(frame.picture))
        if waiting.count == Self.batch { try encodeWaiting() }
    }

    mutating func finish() throws -> MetricResult {
        try encodeWaiting()
        let score = MetricFigure(
            "clip_score", unit: "−100…100",
            .of(frames: scores.count, needing: 1) { .value(scores.mean ?? 0) },
            meaning: "How well the frames fit the prompt in the eyes of the model that is named; "
                + "compare values of one model only.")
        return MetricResult(
            Self.kind.name,
            settings: pair.weights.reduce(into: ["model": pair.name]) { settings, file in
                settings["sha256 " + file.key] = file.value
            },
            figures: [score], curves: [MetricCurve("clip_score", unit: "−100…100", scores)])
    }

    private mutating func encodeWaiting() throws {
        guard !waiting.isEmpty else { return }
        let cosines: [Float] = try withInferenceMode {
            try pair.embed(waiting).multiplied(by: prompt.transposed(0, 1)).reshaped(-1).values()
        }
        for cosine in cosines {
            guard cosine.isFinite else {
                throw EvaluationError.notFinite(metric: Self.kind.name, frame: scores.count)
            }
            scores.append(100 * Double(cosine))
        }
        waiting = []
    }
}
