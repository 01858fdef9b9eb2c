import CTorch

extension Tensor {
    /// `x · sigmoid(x)`.
    public func silu() throws(TensorError) -> Tensor {
        try Operator.call("aten::silu", "", .tensor(self))
    }

    /// The exact GELU (by the error function, not the tanh approximation).
    public func gelu() throws(TensorError) -> Tensor {
        try Operator.call("aten::gelu", "", .tensor(self))
    }

    /// `x · sigmoid(1.702 x)`, the activation of OpenAI's CLIP.
    public func quickGELU() throws(TensorError) -> Tensor {
        try self * (self * 1.702).sigmoid()
    }

    /// `1 / (1 + e⁻ˣ)`.
    public func sigmoid() throws(TensorError) -> Tensor {
        try Operator.call("aten::sigmoid", "", .tensor(self))
    }

    /// The hyperbolic tangent.
    public func hyperbolicTangent() throws(TensorError) -> Tensor {
        try Operator.call("aten::tanh", "", .tensor(self))
    }

    /// `max(x, 0)`.
    public func relu() throws(TensorError) -> Tensor {
        try Operator.call("aten::relu", "", .tensor(self))
    }

    /// Softmax along an axis.
    public func softmax(_ axis: Int) throws(TensorError) -> Tensor {
        try Operator.call("aten::softmax", "int", .tensor(self), .int(axis))
    }

    /// Mean cross entropy of logits `[N, K]` against classes `[N]` (int64).
    public func crossEntropy(classes: Tensor) throws(TensorError) -> Tensor {
        try Operator.call("aten::cross_entropy_loss", "", .tensor(self), .tensor(classes))
    }

    /// Mean cross entropy of logits `[N, K]` against the shares of the classes, `[N, K]`.
    public func crossEntropy(shares: Tensor) throws(TensorError) -> Tensor {
        try Operator.call("aten::cross_entropy_loss", "", .tensor(self), .tensor(shares))
    }

    /// `x Wᵀ + b` over the last axis.
    public func linear(_ weight: Tensor, _ bias: Tensor?) throws(TensorError) -> Tensor {
        try Operator.call("linear", [shape, weight.shape]) { result in
            st_linear(handle, weight.handle, bias?.handle, &result)
        }
    }

    /// `a · gelu(b)`, where `x Wᵀ + b` is `[a, b]` along the last axis.
    public func gatedLinear(_ weight: Tensor, _ bias: Tensor) throws(TensorError) -> Tensor {
        try Operator.call("gated_linear", [shape, weight.shape]) { result in
            st_gated_linear(handle, weight.handle, bias.handle, &result)
        }
    }

    /// Rows of a table (`self`, `[K, D]`) for int64 indices.
    public func embedding(_ indices: Tensor) throws(TensorError) -> Tensor {
        try Operator.call("aten::embedding", "", .tensor(self), .tensor(indices))
    }

    /// 2D convolution of `[N, C, H, W]`.
    public func convolved2D(
        _ weight: Tensor, _ bias: Tensor?, stride: Int = 1, padding: (Int, Int) = (0, 0)
    ) throws(TensorError) -> Tensor {
        try Operator.call(
            "aten::conv2d", "", .tensor(self), .tensor(weight), .optional(bias),
            .ints([stride, stride]), .ints([padding.0, padding.1]))
    }

    /// 1D convolution of `[N, C, L]`.
    public func convolved1D(
        _ weight: Tensor, _ bias: Tensor?, padding: Int
    ) throws(TensorError) -> Tensor {
        try Operator.call(
            "aten::conv1d", "", .tensor(self), .tensor(weight), .optional(bias), .ints([1]),
            .ints([padding]))
    }

    /// The weight of a linear layer or convolution in float32, for ``packedLinear(_:_:thenGELU:times:)`` or
    /// ``packedConvolved(_:_:kernel:stride:padding:)``.
    ///
    /// - Parameter inPairs: bfloat16 for a processor that multiplies it in pairs (AVX-512 BF16); what is multiplied with
    ///   such weights becomes bfloat16, too.
    /// - Returns: `[rows · columns, outputs / 32, inputs, 32]` of `dtype`: float32, bfloat16 or float16; in pairs
    ///   `[rows · columns, outputs / 32, inputs / 2, 32, 2]`.
    /// - Throws: `TensorError.operation` unless outputs are a multiple of 32, and for pairs inputs of 16.
    package func packedForProduct(
        dtype: DType, inPairs: Bool = false
    ) throws(TensorError) -> Tensor {
        try Operator.call("product_pack", [shape]) { result in
            st_product_pack(handle, dtype.rawValue, inPairs, &result)
        }
    }

    /// `x Wᵀ + b` of float32 over the last axis on the CPU, then the exact GELU or a factor for each element.
    package func packedLinear(
        _ weight: Tensor, _ bias: Tensor?, thenGELU: Bool = false, times factor: Tensor? = nil
    ) throws(TensorError) -> Tensor {
        try Operator.call("packed_linear", [shape, weight.shape]) { result in
            st_packed_linear(
                handle, weight.handle, bias?.handle, thenGELU, factor?.handle, &result)
        }
    }

    /// The convolution of float32 images `[N, inputs, H, W]` on the CPU; the result lies channels last.
    package func packedConvolved(
        _ weight: Tensor, _ bias: Tensor?, kernel: (Int, Int), stride: Int = 1, padding: (Int, Int)
    ) throws(TensorError) -> Tensor {
        try Operator.call("packed_convolution", [shape, weight.shape]) { result in
            st_packed_convolution(
                handle, weight.handle, bias?.handle, Int64(kernel.0), Int64(kernel.1),
                Int64(stride),
                Int64(padding.0), Int64(padding.1), &result)
        }
    }

    /// The weight of a convolution `[outputs, inputs, 3, 3 or 1]` in float32, transformed for
    /// ``winogradConvolved(_:_:)``, to tiles of 4 or 2 results along each axis.
    ///
    /// - Parameter inPairs: as in ``packedForProduct(dtype:inPairs:)``.
    /// - Throws: `TensorError.operation` unless outputs are a multiple of 32 and inputs of 16.
    package func winogradKernel(
        results: Int, dtype: DType, inPairs: Bool = false
    ) throws(TensorError) -> WinogradKernel {
        var scales: STTensor?
        let numbers = try Operator.call("winograd_pack", [shape]) { result in
            st_winograd_pack(
                handle, Int64(results), dtype.rawValue, inPairs, &result, &scales)
        }
        guard let scales else {
            throw .operation(name: "winograd_pack", message: "returned no scales", shapes: [shape])
        }
        return WinogradKernel(numbers: numbers, scales: Tensor(owning: scales))
    }

    /// The convolution of float32 images `[N, inputs, H, W]` on the CPU with stride 1, and one row of zeros above and below,
    /// for kernels of 3×3 one column at each side, too.
    ///
    /// - Returns: `[N, outputs, H, W]`, channels last.
    package func winogradConvolved(
        _ kernel: WinogradKernel, _ bias: Tensor?
    ) throws(TensorError) -> Tensor {
        try Operator.call("winograd", [shape, kernel.numbers.shape]) { result in
            st_winograd(
                handle, kernel.numbers.handle, kernel.scales.handle, bias?.handle, &result)
        }
    }

    /// Group normalisation of axis 1, then SiLU if wanted; statistics over its groups and all axes behind.
    ///
    /// Inside ``withAutocast(_:on:_:)`` on the CPU, the result is float32, whatever the input is.
    public func groupNormalized(
        groups: Int, weight: Tensor, bias: Tensor, epsilon: Double, thenSiLU: Bool = false
    ) throws(TensorError) -> Tensor {
        try Operator.call("group_norm", [shape]) { result in
            st_group_norm(
                handle, Int64(groups), weight.handle, bias.handle, epsilon, thenSiLU, &result)
        }
    }

    /// Layer normalisation over the last axis.
    public func layerNormalized(
        weight: Tensor, bias: Tensor, epsilon: Double
    ) throws(TensorError) -> Tensor {
        try Operator.call(
            "aten::layer_norm", "", .tensor(self), .ints(weight.shape), .tensor(weight),
            .tensor(bias), .double(epsilon))
    }

    /// Normalisation of each channel (axis 1) by given statistics, each `[C]`.
    public func batchNormalized(
        mean: Tensor, variance: Tensor, weight: Tensor, bias: Tensor, epsilon: Double
    ) throws(TensorError) -> Tensor {
        try Operator.call(
            "aten::batch_norm", "", .tensor(self), .tensor(weight), .tensor(bias), .tensor(mean),
            .tensor(variance), .bool(false), .double(0), .double(epsilon), .bool(false))
    }

    /// Normalisation of each channel of each image by its own statistics over all pixels, `[N, C, H, W]`.
    public func instanceNormalized(epsilon: Double) throws(TensorError) -> Tensor {
        try Operator.call(
            "aten::instance_norm", "", .tensor(self), .none, .none, .none, .none, .bool(true),
            .double(0), .double(epsilon), .bool(false))
    }

    /// Scaled dot-product attention; `self` are the queries `[B, heads, N, D]`.
    ///
    /// Inside ``withAutocast(_:on:_:)`` on the CPU, it is computed in float32 where gradients are recorded: LibTorch's
    /// gradient in bfloat16 is ten times as slow.
    public func attention(
        key: Tensor, value: Tensor, isCausal: Bool = false
    ) throws(TensorError) -> Tensor {
        try Operator.call("attention", [shape, key.shape, value.shape]) { result in
            st_attention(handle, key.handle, value.handle, isCausal, &result)
        }
    }

    /// Whether ``attentionAcrossFrames(key:value:videos:heads:)`` takes tokens like these: float32 on the CPU, or any
    /// type where it is cast automatically; heads of 16, 32, … 256 numbers, at most 64 frames.
    public func fitsAttentionAcrossFrames(to context: Tensor, videos: Int, heads: Int) -> Bool {
        st_frame_attention_fits(handle, context.handle, Int64(videos), Int64(heads))
    }

    /// Scaled dot-product attention along the frames of each pixel.
    ///
    /// `self` are the queries, `[videos·F, pixels, heads·D]`; keys and values have the frames of another chunk,
    /// `[videos·Fc, pixels, heads·D]`, or the same.
    public func attentionAcrossFrames(
        key: Tensor, value: Tensor, videos: Int, heads: Int
    ) throws(TensorError) -> Tensor {
        try Operator.call("frame_attention", [shape, key.shape, value.shape]) { result in
            st_frame_attention(
                handle, key.handle, value.handle, Int64(videos), Int64(heads), &result)
        }
    }

    /// Nearest-neighbour resize of `[N, C, H, W]`.
    public func nearestResized(height: Int, width: Int) throws(TensorError) -> Tensor {
        try Operator.call(
            "aten::upsample_nearest2d", "", .tensor(self), .ints([height, width]))
    }

    /// Bilinear resize of `[N, C, H, W]` with half-pixel centres, without antialiasing.
    public func bilinearResized(height: Int, width: Int) throws(TensorError) -> Tensor {
        try Operator.call(
            "aten::upsample_bilinear2d", "", .tensor(self), .ints([height, width]), .bool(false))
    }

    /// Bicubic resize (a = −0.75) of `[N, C, H, W]`.
    public func bicubicResized(
        height: Int, width: Int, alignCorners: Bool
    ) throws(TensorError) -> Tensor {
        try Operator.call(
            "aten::upsample_bicubic2d", "", .tensor(self), .ints([height, width]),
            .bool(alignCorners))
    }

    /// Zeros (or `value`) around the last axes: pairs (before, after), the last axis first.
    public func padded(_ amounts: [Int], value: Double = 0) throws(TensorError) -> Tensor {
        try Operator.call(
            "aten::constant_pad_nd", "", .tensor(self), .ints(amounts), .double(value))
    }

    /// `[N, C, H, W]` with a mirrored border (left, right, top, bottom), the edge itself not repeated.
    public func reflectionPadded(_ amounts: [Int]) throws(TensorError) -> Tensor {
        try Operator.call("aten::reflection_pad2d", "", .tensor(self), .ints(amounts))
    }
}

/// The weight of a convolution as ``Tensor/winogradConvolved(_:_:)`` reads it.
package struct WinogradKernel {
    /// One packed weight for each point, as ``Tensor/packedForProduct(dtype:inPairs:)`` makes them.
    package let numbers: Tensor
    /// `[outputs]`, powers of two that the numbers of each output are short of.
    package let scales: Tensor

    package init(numbers: Tensor, scales: Tensor) {
        (self.numbers, self.scales) = (numbers, scales)
    }
}
