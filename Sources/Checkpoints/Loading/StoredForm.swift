public import Torch

/// How a checkpoint keeps the numbers of one of our parameters.
public enum StoredForm: Sendable, Hashable {
    /// In a tensor of the parameter's shape.
    case asIs
    /// In a tensor with this many more axes of length one at its end: a convolution with kernel 1 where we have a
    /// linear layer.
    case unitAxes(Int)
    /// As equal part number `index` of the first axis of a tensor that `count` parameters share: projections that are
    /// one weight there.
    case rows(index: Int, of: Int)

    /// The shape of the tensor that holds a parameter of this shape.
    ///
    /// - Precondition: a parameter that is stored in rows has at least one axis.
    func storedShape(of shape: [Int]) -> [Int] {
        switch self {
        case .asIs: return shape
        case .unitAxes(let count): return shape + Array(repeating: 1, count: count)
        case .rows(_, let count):
            precondition(!shape.isEmpty, "a scalar has no rows")
            return [shape[0] * count] + shape.dropFirst()
        }
    }

    /// The parameter of this shape out of its stored tensor.
    func parameter(of shape: [Int], from stored: Tensor) throws(TensorError) -> Tensor {
        switch self {
        case .asIs: return stored
        case .unitAxes: return try stored.reshaped(shape)
        case .rows(let index, _):
            // A copy: a view would keep the memory of all parts.
            return try stored.slice(0, index * shape[0]..<(index + 1) * shape[0]).copied()
        }
    }
}
