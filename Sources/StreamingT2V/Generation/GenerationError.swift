/// Why a video cannot be generated.
public enum GenerationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is nothing to show.
    case emptyPrompt
    /// The prompt does not fit into the text encoder; `lost` is what would be cut off.
    case promptTooLong(option: String, tokens: Int, limit: Int, lost: String)
    /// An option has a value that cannot be.
    case invalidOption(String, String)
    /// The folder is not a model.
    case notAModel(folder: String, missing: String)
    /// The model can make one chunk only.
    case noStreaming(folder: String)
    /// The model cannot enhance videos.
    case noEnhancer(folder: String)
    /// The parts of a model do not fit together.
    case inconsistentModel(folder: String, reason: String)

    /// One line that says what to do.
    public var description: String {
        switch self {
        case .emptyPrompt: "the prompt is empty. Say what the video shall show."
        case .promptTooLong(let option, let tokens, let limit, let lost):
            "\(option) has \(tokens) tokens, the model reads \(limit). These words would be lost: "
                + "\"\(lost)\". Shorten it, or accept the loss with --truncate-prompt."
        case .invalidOption(let option, let rule): "\(option) \(rule)"
        case .notAModel(let folder, let missing):
            "\(folder) is not a model folder: \(missing) is missing. Check --model."
        case .noStreaming(let folder):
            "\(folder) has no streaming/ part and can make 16 frames at most. Ask for --frames 16 "
                + "or less, or train the stages cam and apm."
        case .noEnhancer(let folder):
            "\(folder) has no enhancer/ part. Choose a model that has one with --model, or train "
                + "the stage enhancer."
        case .inconsistentModel(let folder, let reason):
            "\(folder): \(reason). The parts of the model do not belong together; check --model."
        }
    }
}
