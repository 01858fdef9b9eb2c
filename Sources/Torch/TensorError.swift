public import Foundations

/// What went wrong in a tensor operation.
public enum TensorError: Error, Sendable, Hashable, CustomStringConvertible {
    /// An operation of LibTorch refused its arguments; `shapes` are those of the tensors given to it.
    case operation(name: String, message: String, shapes: [[Int]])
    /// No memory was left on the device; `name` is the operation that asked for it.
    case outOfMemory(name: String, message: String, shapes: [[Int]])
    /// A tensor does not have the shape that a layer needs.
    case shapeMismatch(place: String, expected: String, actual: [Int])
    /// A parameter was used before it was loaded or initialised.
    case emptyParameter(shape: [Int])
    /// The device does not exist on this machine.
    case deviceUnavailable(Device, available: Int)
    /// Work cannot be recorded on the device.
    case graphsUnavailable(Device)

    /// The message, with fields by the names of the libraries.
    public var description: String { message.description }

    /// One line with place, values and, where there is one, the way out.
    public var message: FailureText {
        switch self {
        case .operation(let name, let message, let shapes):
            "\(name) failed on shapes \(Self.text(shapes)): \(message)"
        case .outOfMemory(let name, let message, let shapes):
            "out of memory in \(name) on shapes \(Self.text(shapes)): \(message). "
                + "Use fewer frames, a smaller size or \(field: "dtype") bfloat16."
        case .shapeMismatch(let place, let expected, let actual):
            "\(place) needs \(expected), got shape \(actual)"
        case .emptyParameter(let shape):
            "a parameter of shape \(shape) was used before weights were loaded into it"
        case .deviceUnavailable(let device, let available):
            "device \(device) is not available (\(available) CUDA devices found). Use \(field: "device") cpu."
        case .graphsUnavailable(.cpu):
            "the work of cpu cannot be recorded. Use \(field: "device") cuda, or omit \(field: "cuda_graphs")."
        case .graphsUnavailable(let device):
            "LibTorch \(Runtime.version) has no CUDA graphs that this program knows, for \(device). "
                + "Use LibTorch 2.13, or omit \(field: "cuda_graphs")."
        }
    }

    private static func text(_ shapes: [[Int]]) -> String {
        shapes.prefix(8).map { "\($0)" }.joined(separator: ", ")
            + (shapes.count > 8 ? " and \(shapes.count - 8) more" : "")
    }
}

extension TensorError: Failure {
    /// What kind of thing went wrong.
    public var kind: FailureKind {
        switch self {
        case .outOfMemory: .outOfMemory
        case .deviceUnavailable, .graphsUnavailable: .unavailable
        case .operation, .shapeMismatch, .emptyParameter: .fault
        }
    }
}
