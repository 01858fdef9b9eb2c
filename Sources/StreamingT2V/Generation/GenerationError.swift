import Foundations

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
    /// The model cannot go on from footage.
    case noContinuation(folder: String, option: String)
    /// Footage is not what it was when it was checked.
    case footageChanged(path: String)
    /// The model cannot enhance videos.
    case noEnhancer(folder: String)
    /// The model has no weights for few steps.
    case noDistilled(folder: String)
    /// There is neither a file or folder of this name nor a repository in the cache.
    case notFound(option: String, name: String, cache: String)
    /// Parts that a model needs are given nowhere; each line says which, and how it is given.
    case missingPieces([String])
    /// A streaming checkpoint has tensors that belong to none of its networks.
    case foreignTensors(file: String, names: [String])
    /// The machine has less memory than the video takes, both in bytes; each alternative fits.
    case notEnoughMemory(needed: Int, free: Int, alternatives: [String])
    /// The disk of the output has less room than the video takes, both in bytes.
    case notEnoughDisk(folder: String, needed: Int, free: Int)
    /// A file has the name of the manifest and is none.
    case foreignManifest(file: String)
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
                + "or less, give one with --streaming-checkpoint, or train the stages cam and apm."
        case .noContinuation(let folder, let option):
            "\(folder) has no streaming/ part, which \(option) needs to go on from it. Give one with "
                + "--streaming-checkpoint, or train the stages cam and apm."
        case .footageChanged(let path):
            "\(path) has changed since it was checked. Leave it as it is until the video is finished."
        case .noEnhancer(let folder):
            "\(folder) has no enhancer/ part. Choose a model that has one with --model, give one with "
                + "--enhancer, or train the stage enhancer."
        case .noDistilled(let folder):
            "\(folder) has no distilled/ part. Generate without --distilled, or train the stage distillation."
        case .notFound(let option, let name, let cache):
            "\(option) \(name.oneLine): there is no such file or folder, and no repository of that "
                + "name in \(cache). Check \(option), or fetch it: streamingt2v download OWNER/NAME."
        case .missingPieces(let pieces):
            "the model is not complete. Missing:\n"
                + pieces.map { "  " + $0 }.joined(separator: "\n")
        case .foreignTensors(let file, let names):
            "\(file): \(names.count) tensors belong to none of the networks of a streaming checkpoint, "
                + "the first is \(names.first?.oneLine ?? ""). Check that the file is the release's, or "
                + "written by this program."
        case .notEnoughMemory(let needed, let free, let alternatives):
            "the video takes \(needed.gigabytes) of memory, \(free.gigabytes) are free. "
                + (alternatives.isEmpty
                    ? "No option makes it fit; free memory or take a machine with more."
                    : "This would fit: \(alternatives.joined(separator: ", ")).")
        case .notEnoughDisk(let folder, let needed, let free):
            "the video takes about \(needed.gigabytes), \(free.gigabytes) are free in \(folder). Free some, "
                + "write elsewhere with --output, or ask for fewer --frames."
        case .foreignManifest(let file):
            "\(file) exists and is no manifest of this program, so it is not replaced. Move it, or choose "
                + "another --output."
        case .inconsistentModel(let folder, let reason):
            "\(folder): \(reason). The parts of the model do not belong together; check --model."
        }
    }
}
