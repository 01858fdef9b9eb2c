import Torch

/// Weights in the type, place and memory layout that inference computes in.
///
/// On the CPU, oneDNN orders them in blocks once, so that no call does it again. Measured with one thread (AVX-512,
/// BF16): linear layers are 2.0 to 2.4 times as fast in float32 and 1.1 to 1.5 times in bfloat16, channels-last
/// convolutions 1.0 to 1.2 and 1.0 to 1.4 times. Elsewhere the weights are only converted and moved.
///
/// On the CPU a layer in bfloat16 still takes and gives float32: LibTorch computes norms, activations and attention in
/// bfloat16 more slowly (channels-last group norm of `[32, 64, 8, 8]` 1.62 ms, not 0.21; SiLU of it 46 µs, not 30), which
/// costs more than the conversions (10 µs), and sums along the residual connections stay exact.
struct PackedWeights {
    let preparation: Preparation
    private let weight: Tensor
    private let bias: Tensor?
    private let isBlocked: Bool

    /// Packs the weight of a linear layer, `[outputs, inputs]`.
    static func linear(
        _ weight: Tensor, _ bias: Tensor?, _ preparation: Preparation
    ) throws(TensorError) -> PackedWeights {
        try PackedWeights(weight, bias, preparation) { (plain) throws(TensorError) in
            try Operator.call("mkldnn::_reorder_linear_weight", "", .tensor(plain))
        }
    }

    /// Packs the kernels of a convolution, `[outputs, inputs, height, width]`.
    static func convolution(
        _ weight: Tensor, _ bias: Tensor?, stride: Int, padding: (Int, Int),
        _ preparation: Preparation
    ) throws(TensorError) -> PackedWeights {
        try PackedWeights(weight, bias, preparation) { (plain) throws(TensorError) in
            try Operator.call(
                "mkldnn::_reorder_convolution_weight", "", .tensor(plain),
                .ints([padding.0, padding.1]), .ints([stride, stride]), .ints([1, 1]), .int(1))
        }
    }

    private init(
        _ weight: Tensor, _ bias: Tensor?, _ preparation: Preparation,
        packing: (Tensor) throws(TensorError) -> Tensor
    ) throws(TensorError) {
        func ready(_ tensor: Tensor) throws(TensorError) -> Tensor {
            try tensor.detached().converted(to: preparation.dtype).moved(to: preparation.device)
        }
        self.preparation = preparation
        let plain = try ready(weight)
        if let bias { self.bias = try ready(bias) } else { self.bias = nil }
        let blocked: Tensor?
        do throws(TensorError) {
            blocked = Self.canBlock(preparation) ? try packing(plain) : nil
        } catch {
            // A LibTorch without oneDNN has no such operator, and one for another processor may refuse it.
            if case .outOfMemory = error { throw error }
            blocked = nil
        }
        isBlocked = blocked != nil
        self.weight = blocked ?? plain
    }

    private static func canBlock(_ preparation: Preparation) -> Bool {
        switch (preparation.device, preparation.dtype) {
        case (.cpu, .float32): true
        case (.cpu, .bfloat16): Runtime.hasNativeBFloat16
        default: false
        }
    }

    /// `x Wᵀ + b`; on the CPU in the type of the input.
    func linear(_ input: Tensor) throws(TensorError) -> Tensor {
        let ready = try input.converted(to: preparation.dtype)
        guard isBlocked else { return try finished(ready.linear(weight, bias), as: input) }
        return try finished(
            Operator.call(
                "mkldnn::_linear_pointwise", "", .tensor(ready), .tensor(weight), .optional(bias),
                .string("none"), .doubles([]), .none), as: input)
    }

    /// The convolution of `[N, C, H, W]`; on the CPU in the type of the input. Blocked kernels write channels last.
    func convolved(
        _ input: Tensor, stride: Int, padding: (Int, Int)
    ) throws(TensorError) -> Tensor {
        let ready = try input.converted(to: preparation.dtype)
        guard isBlocked else {
            return try finished(
                ready.convolved2D(weight, bias, stride: stride, padding: padding), as: input)
        }
        return try finished(
            Operator.call(
                "mkldnn::_convolution_pointwise", "", .tensor(ready), .tensor(weight),
                .optional(bias), .ints([padding.0, padding.1]), .ints([stride, stride]),
                .ints([1, 1]), .int(1), .string("none"), .doubles([]), .none), as: input)
    }

    private func finished(_ result: Tensor, as input: Tensor) throws(TensorError) -> Tensor {
        preparation.device == .cpu ? try result.converted(to: input.dtype) : result
    }
}
