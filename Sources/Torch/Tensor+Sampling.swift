extension Tensor {
    /// Values of `[N, C, H, W]` between its pixels, bilinearly, with zeros outside.
    ///
    /// - Parameter grid: `[N, H', W', 2]`, x and y of each output; −1 and 1 are the centres of the first and last pixel.
    /// - Returns: `[N, C, H', W']`.
    public func gridSampled(_ grid: Tensor) throws(TensorError) -> Tensor {
        try Operator.call(
            "aten::grid_sampler", "", .tensor(self), .tensor(grid), .int(0), .int(0), .bool(true))
    }

    /// Means of squares of `size` × `size` pixels of `[N, C, H, W]`; an incomplete last row or column is left out.
    public func averagePooled(_ size: Int) throws(TensorError) -> Tensor {
        try Operator.call("aten::avg_pool2d", "", .tensor(self), .ints([size, size]))
    }

    /// The neighbourhood of `kernel` × `kernel` pixels around each pixel of `[N, C, H, W]`, with zeros outside.
    ///
    /// - Returns: `[N, C · kernel², H · W]`, row by row inside a neighbourhood.
    /// - Precondition: `kernel` is odd.
    public func neighbourhoods(_ kernel: Int) throws(TensorError) -> Tensor {
        precondition(kernel % 2 == 1, "a neighbourhood has a centre")
        return try Operator.call(
            "aten::im2col", "", .tensor(self), .ints([kernel, kernel]), .ints([1, 1]),
            .ints([kernel / 2, kernel / 2]), .ints([1, 1]))
    }
}
