extension Tensor {
    /// The same elements under another shape; one axis may be −1.
    public func reshaped(_ shape: [Int]) throws(TensorError) -> Tensor {
        try Operator.call("aten::reshape", "", .tensor(self), .ints(shape))
    }

    /// The same elements under another shape; one axis may be −1.
    public func reshaped(_ shape: Int...) throws(TensorError) -> Tensor {
        try reshaped(shape)
    }

    /// The axes in a new order.
    public func permuted(_ axes: Int...) throws(TensorError) -> Tensor {
        try Operator.call("aten::permute", "", .tensor(self), .ints(axes))
    }

    /// Two axes exchanged.
    public func transposed(_ first: Int, _ second: Int) throws(TensorError) -> Tensor {
        try Operator.call("aten::transpose", "int", .tensor(self), .int(first), .int(second))
    }

    /// Row-major storage; the tensor itself if it has that already.
    public func contiguous() throws(TensorError) -> Tensor {
        try Operator.call("aten::contiguous", "", .tensor(self))
    }

    /// Storage with the channels last (`NHWC`), the shape staying `[N, C, H, W]`; the same for `[N, C, F, H, W]`.
    public func channelsLast() throws(TensorError) -> Tensor {
        try Operator.call("aten::contiguous", "", .tensor(self), .int(shape.count == 5 ? 3 : 2))
    }

    /// A new axis of length one.
    public func expandedDimension(at axis: Int) throws(TensorError) -> Tensor {
        try Operator.call("aten::unsqueeze", "", .tensor(self), .int(axis))
    }

    /// Axes of length one repeated to `shape`, without copying memory; −1 keeps an axis.
    public func expanded(_ shape: Int...) throws(TensorError) -> Tensor {
        try Operator.call("aten::expand", "", .tensor(self), .ints(shape))
    }

    /// Every entry along `axis` repeated `times` times in a row.
    public func repeatedEach(_ times: Int, axis: Int) throws(TensorError) -> Tensor {
        if times == 1 { return self }
        return try Operator.call(
            "aten::repeat_interleave", "self_int", .tensor(self), .int(times), .int(axis))
    }

    /// The part `range` of one axis, as a view.
    public func slice(_ axis: Int, _ range: Range<Int>) throws(TensorError) -> Tensor {
        let shape = self.shape
        let position = axis < 0 ? axis + shape.count : axis
        guard shape.indices.contains(position), range.lowerBound >= 0,
            range.upperBound <= shape[position]
        else {
            throw .shapeMismatch(
                place: "slice(\(axis), \(range))", expected: "at least \(range.upperBound) entries",
                actual: shape)
        }
        return try Operator.call(
            "aten::slice", "Tensor", .tensor(self), .int(position), .int(range.lowerBound),
            .int(range.upperBound))
    }

    /// The entry `index` of one axis; the axis goes away.
    public func selected(_ axis: Int, _ index: Int) throws(TensorError) -> Tensor {
        try Operator.call("aten::select", "int", .tensor(self), .int(axis), .int(index))
    }

    /// Equal parts along an axis.
    public func split(into parts: Int, axis: Int) throws(TensorError) -> [Tensor] {
        try Operator.callMany("aten::chunk", "", .tensor(self), .int(parts), .int(axis))
    }

    /// Tensors joined along an axis that exists.
    public static func concatenated(_ tensors: [Tensor], axis: Int) throws(TensorError) -> Tensor {
        try Operator.call("aten::cat", "", .tensors(tensors), .int(axis))
    }

    /// Tensors of one shape joined along a new axis.
    public static func stacked(_ tensors: [Tensor], axis: Int) throws(TensorError) -> Tensor {
        try Operator.call("aten::stack", "", .tensors(tensors), .int(axis))
    }

    /// The entries of an axis in reverse order.
    public func flipped(_ axis: Int) throws(TensorError) -> Tensor {
        try Operator.call("aten::flip", "", .tensor(self), .ints([axis]))
    }

    /// `[N, C·r², H, W]` to `[N, C, H·r, W·r]`.
    public func depthToSpace(_ factor: Int) throws(TensorError) -> Tensor {
        try Operator.call("aten::pixel_shuffle", "", .tensor(self), .int(factor))
    }

    /// `[N, C, H·r, W·r]` to `[N, C·r², H, W]`.
    public func spaceToDepth(_ factor: Int) throws(TensorError) -> Tensor {
        try Operator.call("aten::pixel_unshuffle", "", .tensor(self), .int(factor))
    }
}

extension Tensor {
    /// The five lengths of a video tensor, `[B, C, F, H, W]`.
    public func shape5() throws(TensorError) -> (Int, Int, Int, Int, Int) {
        let shape = self.shape
        guard shape.count == 5 else {
            throw .shapeMismatch(place: "video", expected: "5 axes", actual: shape)
        }
        return (shape[0], shape[1], shape[2], shape[3], shape[4])
    }

    /// The four lengths of an image batch, `[N, C, H, W]`.
    public func shape4() throws(TensorError) -> (Int, Int, Int, Int) {
        let shape = self.shape
        guard shape.count == 4 else {
            throw .shapeMismatch(place: "image batch", expected: "4 axes", actual: shape)
        }
        return (shape[0], shape[1], shape[2], shape[3])
    }

    /// The three lengths of a token batch, `[B, N, D]`.
    public func shape3() throws(TensorError) -> (Int, Int, Int) {
        let shape = self.shape
        guard shape.count == 3 else {
            throw .shapeMismatch(place: "token batch", expected: "3 axes", actual: shape)
        }
        return (shape[0], shape[1], shape[2])
    }
}
