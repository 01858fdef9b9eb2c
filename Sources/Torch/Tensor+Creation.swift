extension Tensor {
    /// A tensor of zeros.
    public static func zeros(
        _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
    ) throws(TensorError) -> Tensor {
        try Operator.call(
            "aten::zeros", "", .ints(shape), .dtype(dtype), .none, .device(device))
    }

    /// A tensor whose elements are all `value`.
    public static func full(
        _ shape: [Int], value: Double, dtype: DType = .float32, device: Device = .cpu
    ) throws(TensorError) -> Tensor {
        try Operator.call(
            "aten::full", "", .ints(shape), .double(value), .dtype(dtype), .none, .device(device))
    }

    /// The numbers 0, 1, … `count` − 1.
    public static func range(
        _ count: Int, dtype: DType = .float32, device: Device = .cpu
    ) throws(TensorError) -> Tensor {
        try Operator.call("aten::arange", "", .int(count), .dtype(dtype), .none, .device(device))
    }

    /// Zeros in the shape, type and place of this tensor.
    public func zerosLike() throws(TensorError) -> Tensor {
        try Operator.call("aten::zeros_like", "", .tensor(self))
    }

    /// The same numbers in another element type.
    public func converted(to dtype: DType) throws(TensorError) -> Tensor {
        if self.dtype == dtype { return self }
        return try Operator.call("aten::to", "dtype", .tensor(self), .dtype(dtype))
    }

    /// The same numbers on another device.
    public func moved(to device: Device) throws(TensorError) -> Tensor {
        if self.device == device { return self }
        return try Operator.call(
            "aten::to", "device", .tensor(self), .device(device), .dtype(dtype))
    }

    /// A copy that shares no memory with this tensor.
    public func copied() throws(TensorError) -> Tensor {
        try Operator.call("aten::clone", "", .tensor(self))
    }
}
