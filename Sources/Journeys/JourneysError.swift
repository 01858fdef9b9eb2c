public import Foundations

/// What can go wrong while drawing or writing the world.
public enum JourneysError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A frame size outside of ``SceneRenderer/sizes``.
    case invalidSize(Int)
    /// A negative frame index.
    case invalidFrame(Int)
    /// A subject that cannot be at that background.
    case impossibleScene(subject: Subject, background: Background)
    /// Cairo could not make or finish a picture.
    case drawing(size: Int, reason: String)
    /// A count that must be at least 1.
    case invalidCount(name: String, value: Int)
    /// The output path exists and is no folder.
    case notAFolder(path: String)
    /// The output folder holds a data set already.
    case outputExists(path: String)
    /// A file or folder could not be written.
    case cannotWrite(path: String, reason: String)

    /// Place, what was expected, what was found, and what to do.
    public var description: String {
        switch self {
        case .invalidSize(let size):
            "SceneRenderer: size is \(size), expected \(SceneRenderer.sizes.lowerBound) to "
                + "\(SceneRenderer.sizes.upperBound) pixels. Use 64, 128 or 256."
        case .invalidFrame(let frame):
            "SceneRenderer: frame index is \(frame), expected 0 or more. Count frames from 0."
        case .impossibleScene(let subject, let background):
            "Scene: a \(subject.rawValue) cannot travel at background \"\(background.rawValue)\", "
                + "expected \(subject.backgrounds.map(\.rawValue).joined(separator: ", ")). "
                + "Choose another background or subject."
        case .drawing(let size, let reason):
            "SceneRenderer: Cairo could not draw a picture of \(size)×\(size) pixels (\(reason)). "
                + "Check the free memory."
        case .invalidCount(let name, let value):
            "DatasetRenderer: \(name) is \(value), expected 1 to \(DatasetRenderer.counts.upperBound). Pass such a number."
        case .notAFolder(let path):
            "\(path): expected a folder, found something else. Choose another output folder."
        case .outputExists(let path):
            "\(path): there is a data set already. Choose an empty folder or remove it first."
        case .cannotWrite(let path, let reason):
            "\(path): cannot be written (\(reason)). Check permissions and free space."
        }
    }
}

extension JourneysError: Failure {
    /// What kind of thing went wrong.
    public var kind: FailureKind {
        switch self {
        case .invalidSize, .invalidFrame, .invalidCount, .impossibleScene: .badRequest
        case .notAFolder, .outputExists: .conflict
        case .cannotWrite: .writeFailed
        case .drawing: .fault
        }
    }
}
