public import Foundations

/// Why a video cannot be generated.
public enum GenerationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A prompt does not fit into the text encoder; `lost` is what would be cut off.
    case promptTooLong(field: FailureText, tokens: Int, limit: Int, lost: String)
    /// The folder is not a model.
    case notAModel(folder: String, missing: String)
    /// The model can make one chunk only; `frames` is its length.
    case noStreaming(folder: String, frames: Int)
    /// The model cannot go on from footage.
    case noContinuation(folder: String, field: String)
    /// Footage is not what it was when it was checked.
    case footageChanged(path: String)
    /// The file is no state that this video can go on from.
    case unusableState(file: String, reason: String)
    /// The model cannot enhance videos.
    case noEnhancer(folder: String)
    /// The model has no weights for few steps.
    case noDistilled(folder: String)
    /// There is neither a file or folder of this name nor a repository in the cache.
    case notFound(field: String, name: String, cache: String)
    /// Parts that a model needs are given nowhere; each line says which, and how it is given.
    case missingPieces([FailureText])
    /// A streaming checkpoint has tensors that belong to none of its networks.
    case foreignTensors(file: String, names: [String])
    /// The machine has less memory than the video takes, both in bytes; each alternative fits.
    case notEnoughMemory(needed: Int, free: Int, alternatives: [FailureText])
    /// The disk of the output has less room than the video takes, both in bytes.
    case notEnoughDisk(folder: String, needed: Int, free: Int)
    /// A file has the name of the manifest and is none.
    case foreignManifest(file: String)
    /// The parts of a model do not fit together.
    case inconsistentModel(folder: String, reason: String)

    /// One line that says what to do; a line for each missing piece.
    public var message: FailureText {
        switch self {
        case .promptTooLong(let field, let tokens, let limit, let lost):
            "\(field) has \(tokens) tokens, the model reads \(limit). These words would be lost: "
                + "\"\(lost)\". Shorten it, or accept the loss with \(field: "truncate_prompt")."
        case .notAModel(let folder, let missing):
            "\(folder) is not a model folder: \(missing) is missing. Check \(field: "model")."
        case .noStreaming(let folder, let frames):
            "\(folder) has no streaming/ part and can make \(frames) frames at most. Ask for "
                + "\(field: "frames") \(frames) or less, give one with "
                + "\(field: "streaming_checkpoint"), or train the stages cam and apm."
        case .noContinuation(let folder, let field):
            "\(folder) has no streaming/ part, which \(field: field) needs to go on from it. Give one "
                + "with \(field: "streaming_checkpoint"), or train the stages cam and apm."
        case .footageChanged(let path):
            "\(path) has changed since it was checked. Leave it as it is until the video is finished."
        case .noEnhancer(let folder):
            "\(folder) has no enhancer/ part. Choose a model that has one with \(field: "model"), "
                + "give one with \(field: "enhancer"), or train the stage enhancer."
        case .noDistilled(let folder):
            "\(folder) has no distilled/ part. Generate without \(field: "distilled"), or train the "
                + "stage distillation."
        default: resourceMessage
        }
    }

    /// Messages about files, memory and disk.
    private var resourceMessage: FailureText {
        switch self {
        case .notFound(let field, let name, let cache):
            "\(field: field) \(name.oneLine): there is no such file or folder, and no repository of "
                + "that name in \(cache). Check \(field: field), or fetch it: streamingt2v download "
                + "OWNER/NAME."
        case .missingPieces(let pieces):
            pieces.reduce("the model is not complete. Missing:") { $0 + "\n  \($1)" }
        case .foreignTensors(let file, let names):
            "\(file): \(names.count) tensors belong to none of the networks of a streaming checkpoint, "
                + "the first is \(names.first?.oneLine ?? ""). Check that the file is the release's, or "
                + "written by this program."
        case .notEnoughMemory(let needed, let free, let alternatives):
            "the video takes \(needed.gigabytes) of memory, \(free.gigabytes) are free. "
                + (alternatives.isEmpty
                    ? "No option makes it fit; free memory or take a machine with more."
                    : "This would fit: \(alternatives.joined(by: ", ")).")
        case .notEnoughDisk(let folder, let needed, let free):
            "the video takes about \(needed.gigabytes), \(free.gigabytes) are free in \(folder). Free "
                + "some, write elsewhere with \(field: "output"), or ask for fewer \(field: "frames")."
        case .unusableState(let file, let reason):
            "\(file): \(reason). Begin the video anew, or name the file that its run has written."
        case .foreignManifest(let file):
            "\(file) exists and is no manifest of this program, so it is not replaced. Move it, or "
                + "choose another \(field: "output")."
        case .inconsistentModel(let folder, let reason):
            "\(folder): \(reason). The parts of the model do not belong together; check "
                + "\(field: "model")."
        default: "generating failed. Report this as a bug."  // the other half is above
        }
    }

    /// The message, with fields by the names of the libraries.
    public var description: String { message.description }
}

extension GenerationError: Failure {
    /// What kind of thing went wrong.
    public var kind: FailureKind {
        switch self {
        case .promptTooLong, .noStreaming, .noContinuation, .noEnhancer, .noDistilled:
            .badRequest
        case .notAModel, .notFound, .missingPieces: .notFound
        case .notEnoughMemory: .outOfMemory
        case .notEnoughDisk, .foreignManifest: .conflict
        case .inconsistentModel, .foreignTensors, .footageChanged, .unusableState: .badData
        }
    }

    /// The field of the request that is wrong, if it is one.
    public var field: String? {
        switch self {
        case .promptTooLong(let field, _, _, _): field.firstField
        case .noContinuation(_, let field), .notFound(let field, _, _): field
        case .noStreaming: "frames"
        case .noDistilled: "distilled"
        case .notAModel, .inconsistentModel, .noEnhancer: "model"
        default: nil
        }
    }
}
