import CTorch

extension Tensor {
    /// The mean of all elements, a tensor without axes.
    public func mean() throws(TensorError) -> Tensor {
        try Operator.call("aten::mean", "", .tensor(self))
    }

    /// Means over the given axes.
    public func mean(_ axes: [Int], keepDimensions: Bool = false) throws(TensorError) -> Tensor {
        try Operator.call(
            "aten::mean", "dim", .tensor(self), .ints(axes), .bool(keepDimensions))
    }

    /// The sum of all elements, a tensor without axes.
    public func sum() throws(TensorError) -> Tensor {
        try Operator.call("aten::sum", "", .tensor(self))
    }

    /// Sums over the given axes.
    public func sum(_ axes: [Int], keepDimensions: Bool = false) throws(TensorError) -> Tensor {
        try Operator.call(
            "aten::sum", "dim_IntList", .tensor(self), .ints(axes), .bool(keepDimensions))
    }

    /// The largest element, a tensor without axes.
    public func maximum() throws(TensorError) -> Tensor {
        try Operator.call("aten::max", "", .tensor(self))
    }

    /// The standard deviation of all elements (n − 1), a tensor without axes.
    public func standardDeviation() throws(TensorError) -> Tensor {
        try Operator.call("aten::std", "", .tensor(self), .bool(true))
    }

    /// The value that a share of all elements lies below, interpolated linearly; a tensor without axes.
    public func quantile(_ share: Double) throws(TensorError) -> Tensor {
        try Operator.call(
            "aten::quantile", "scalar", .tensor(self.reshaped(-1)), .double(share))
    }

    /// The position of the largest element along an axis, int64.
    public func argmax(_ axis: Int) throws(TensorError) -> Tensor {
        try Operator.call("aten::argmax", "", .tensor(self), .int(axis))
    }

    /// The L2 norm of all elements, a tensor without axes.
    public func norm() throws(TensorError) -> Tensor {
        try Operator.call("aten::linalg_vector_norm", "", .tensor(self))
    }

    /// Whether every element is a finite number.
    public func isFinite() throws(TensorError) -> Bool {
        var result = false
        try Operator.check(st_is_finite(handle, &result), name: "isFinite", shapes: [shape])
        return result
    }
}
