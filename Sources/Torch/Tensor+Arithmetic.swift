extension Tensor {
    /// Element-wise sum, with broadcasting.
    public static func + (left: Tensor, right: Tensor) throws(TensorError) -> Tensor {
        try Operator.call("aten::add", "Tensor", .tensor(left), .tensor(right))
    }

    /// Element-wise difference, with broadcasting.
    public static func - (left: Tensor, right: Tensor) throws(TensorError) -> Tensor {
        try Operator.call("aten::sub", "Tensor", .tensor(left), .tensor(right))
    }

    /// Element-wise product, with broadcasting.
    public static func * (left: Tensor, right: Tensor) throws(TensorError) -> Tensor {
        try Operator.call("aten::mul", "Tensor", .tensor(left), .tensor(right))
    }

    /// Element-wise quotient, with broadcasting.
    public static func / (left: Tensor, right: Tensor) throws(TensorError) -> Tensor {
        try Operator.call("aten::div", "Tensor", .tensor(left), .tensor(right))
    }

    /// A number added to every element.
    public static func + (left: Tensor, right: Double) throws(TensorError) -> Tensor {
        try Operator.call("aten::add", "Scalar", .tensor(left), .double(right))
    }

    /// A number taken from every element.
    public static func - (left: Tensor, right: Double) throws(TensorError) -> Tensor {
        try Operator.call("aten::sub", "Scalar", .tensor(left), .double(right))
    }

    /// Every element times a number.
    public static func * (left: Tensor, right: Double) throws(TensorError) -> Tensor {
        try Operator.call("aten::mul", "Scalar", .tensor(left), .double(right))
    }

    /// Every element divided by a number.
    public static func / (left: Tensor, right: Double) throws(TensorError) -> Tensor {
        try Operator.call("aten::div", "Scalar", .tensor(left), .double(right))
    }

    /// `self + other · scale`, in one pass.
    public func adding(_ other: Tensor, scaledBy scale: Double) throws(TensorError) -> Tensor {
        try Operator.call("aten::add", "Tensor", .tensor(self), .tensor(other), .double(scale))
    }

    /// Matrix product of the last two axes.
    public func multiplied(by other: Tensor) throws(TensorError) -> Tensor {
        try Operator.call("aten::matmul", "", .tensor(self), .tensor(other))
    }

    /// Elements limited to `range`.
    public func clamped(to range: ClosedRange<Double>) throws(TensorError) -> Tensor {
        try Operator.call(
            "aten::clamp", "", .tensor(self), .double(range.lowerBound), .double(range.upperBound))
    }

    /// The nearest whole numbers; halves go to the even one.
    public func roundedToEven() throws(TensorError) -> Tensor {
        try Operator.call("aten::round", "", .tensor(self))
    }

    /// Absolute values.
    public func absolute() throws(TensorError) -> Tensor {
        try Operator.call("aten::abs", "", .tensor(self))
    }

    /// Squares.
    public func squared() throws(TensorError) -> Tensor {
        try Operator.call("aten::square", "", .tensor(self))
    }

    /// Square roots.
    public func squareRoot() throws(TensorError) -> Tensor {
        try Operator.call("aten::sqrt", "", .tensor(self))
    }

    /// e to the power of every element.
    public func exponential() throws(TensorError) -> Tensor {
        try Operator.call("aten::exp", "", .tensor(self))
    }

    /// Cosines.
    public func cosine() throws(TensorError) -> Tensor {
        try Operator.call("aten::cos", "", .tensor(self))
    }

    /// Sines.
    public func sine() throws(TensorError) -> Tensor {
        try Operator.call("aten::sin", "", .tensor(self))
    }
}
