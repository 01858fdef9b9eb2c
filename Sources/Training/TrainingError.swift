public import Foundations

/// What stops a training.
public enum TrainingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The recipe is wrong.
    case invalidRecipe(String)
    /// The training data are wrong.
    case invalidData(String)
    /// A stage needs what an earlier stage makes.
    case missingStage(stage: StageName, needs: String)
    /// The loss is no longer a number.
    case diverged(stage: StageName, step: Int)
    /// A checkpoint does not belong to this run.
    case foreignCheckpoint(file: String, reason: String)
    /// The folder of the run cannot be locked.
    case unusableFolder(path: String, reason: String)

    /// The message, with fields by the names of the libraries.
    public var description: String { message.description }

    /// One line that says what to do.
    public var message: FailureText {
        switch self {
        case .invalidRecipe(let reason): "recipe: \(reason)"
        case .invalidData(let reason): "training data: \(reason)"
        case .missingStage(let stage, let needs):
            "stage \(stage.rawValue) needs \(needs); train that stage first or pass \(field: "from") MODEL"
        case .diverged(let stage, let step):
            "stage \(stage.rawValue) diverged at step \(step): the loss or its gradient is not a number. "
                + "Lower learning_rate in the recipe; the last checkpoint is kept."
        case .foreignCheckpoint(let file, let reason):
            "\(file): \(reason). Move it away to start this stage anew."
        case .unusableFolder(let path, let reason):
            "\(path): \(reason). Wait for the other training, or choose another folder."
        }
    }
}

extension TrainingError: Failure {
    /// What kind of thing went wrong.
    public var kind: FailureKind {
        switch self {
        case .invalidRecipe, .invalidData: .badRequest
        case .unusableFolder: .conflict
        case .missingStage, .diverged, .foreignCheckpoint: .badData
        }
    }
}
