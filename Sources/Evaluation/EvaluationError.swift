public import Foundations

/// Why videos cannot be measured or compared.
public enum EvaluationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There are no metrics with these names.
    case unknownMetrics([String], known: [String])
    /// A metric that was asked for lacks something.
    case missing(metric: String, need: String, remedy: FailureText)
    /// The file does not say how a video was made.
    case notAManifest(file: String, reason: String)
    /// The reference cannot be compared with the video frame by frame.
    case unusableReference(path: String, reason: String)
    /// The model's text and image transformers do not measure one thing.
    case noImageTextPair(folder: String, reason: String)
    /// The prompt does not fit into the text transformer.
    case promptTooLong(tokens: Int, limit: Int)
    /// A network answered with something else than numbers.
    case notFinite(metric: String, frame: Int)
    /// The file does not hold results of `evaluate --json`.
    case notResults(file: String, reason: String)
    /// The file holds no prompts.
    case notPrompts(file: String, reason: String)
    /// The model cannot make a video of a study's prompt.
    case unusablePrompt(number: Int, reason: String)
    /// The file does not hold the finished videos of a study.
    case notAStudy(file: String, reason: String)
    /// Two sets cannot be compared in pairs.
    case unpaired(first: String, second: String, reason: String)

    /// The message, with fields by the names of the libraries.
    public var description: String { message.description }

    /// One line that says what to do.
    public var message: FailureText {
        switch self {
        case .unknownMetrics(let names, let known):
            (names.isEmpty
                ? "\(field: "metrics") names none"
                : "unknown in \(field: "metrics"): \(names.joined(separator: ", "))")
                + ". Choose from \(known.joined(separator: ", "))."
        case .missing(let metric, let need, let remedy): "\(metric) needs \(need). \(remedy)"
        case .notAManifest(let file, let reason):
            "\(file) is no manifest of a generated video: \(reason). Give the .json that generate "
                + "writes beside the video, or omit \(field: "manifest")."
        case .unusableReference(let path, let reason):
            "\(path) cannot be the reference: \(reason). Scale or trim it with ffmpeg first."
        case .noImageTextPair(let folder, let reason):
            "\(folder) cannot score frames against a prompt: \(reason). Choose a model with a CLIP "
                + "pair with \(field: "model"), or leave clip out of \(field: "metrics")."
        case .promptTooLong(let tokens, let limit):
            "the prompt has \(tokens) tokens, the text transformer reads \(limit). Shorten \(field: "prompt")."
        case .notFinite(let metric, let frame):
            "\(metric) is not a finite number at frame \(frame): the model's weights are damaged. "
                + "Choose another model with \(field: "model")."
        case .notResults(let file, let reason):
            "\(file) holds no results of an evaluation in JSON: \(reason). Make them anew."
        case .notPrompts(let file, let reason):
            "\(file) holds no prompts: \(reason). Give paper, journeys, a text file with a prompt per "
                + "line, or a JSON array of strings to \(field: "prompts"); \(field: "count") says how many are used."
        case .unusablePrompt(let number, let reason):
            "prompt \(number) of the set cannot be used with this model: \(reason)"
        case .notAStudy(let file, let reason):
            "\(file) does not hold the finished videos of a study: \(reason). Choose another folder "
                + "with \(field: "report"), or delete the file to begin anew."
        case .unpaired(let first, let second, let reason):
            "\(first) and \(second) cannot be compared in pairs: \(reason)."
        }
    }
}

extension EvaluationError: Failure {
    /// What kind of thing went wrong.
    public var kind: FailureKind {
        switch self {
        case .unknownMetrics, .missing, .promptTooLong, .unpaired, .unusablePrompt: .badRequest
        case .notAManifest, .unusableReference, .noImageTextPair, .notFinite, .notResults,
            .notPrompts, .notAStudy:
            .badData
        }
    }
}
