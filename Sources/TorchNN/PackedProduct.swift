import Torch

/// Weights of two bytes for products of this program's own.
///
/// Where the processor is fast at pairs of bfloat16 (AMD's), rows become bfloat16 in the product; measured on Zen 5 with
/// two threads, it is twice as fast as in float32 and as fast as oneDNN's, whose results are rounded to bfloat16. Elsewhere
/// rows stay float32: on an Intel processor with AVX-512 BF16 and no AMX, linear layers are 1.6 to 1.9 times as fast as oneDNN's in
/// bfloat16, and convolutions 1.3 to 1.8 times. In float32, oneDNN's are as fast or faster.
struct PackedProduct {
    private let weight: Tensor
    private let bias: Tensor?

    /// Packs a weight `[outputs, inputs]` or `[outputs, inputs, rows, columns]`, or gives `nil` where oneDNN does better, as
    /// in float32, with AMX and for few inputs, and where outputs are no multiple of 32.
    init?(_ weight: Tensor, _ bias: Tensor?, for preparation: Preparation) throws(TensorError) {
        guard preparation.hasOwnProducts, preparation.dtype != .float32,
            weight.shape[0].isMultiple(of: 32), weight.shape[1] >= 16
        else { return nil }
        self.weight = try preparation.single(weight).packedForProduct(
            dtype: preparation.dtype,
            inPairs: preparation.multipliesPairs && weight.shape[1].isMultiple(of: 16))
        self.bias = if let bias { try preparation.single(bias).copied() } else { nil }
    }

    /// `x Wᵀ + b` over the last axis, completed.
    func callAsFunction(
        _ input: Tensor, then completion: PackedLinear.Completion
    ) throws(TensorError) -> Tensor {
        let factor: Tensor? =
            if case .times(let factor) = completion { try factor.converted(to: .float32) } else {
                nil
            }
        let hasGELU = if case .gelu = completion { true } else { false }
        return try input.converted(to: .float32)
            .packedLinear(weight, bias, thenGELU: hasGELU, times: factor)
            .converted(to: input.dtype)
    }

    /// The convolution of `[N, C, H, W]`, channels last.
    func convolved(
        _ input: Tensor, kernel: (Int, Int), stride: Int, padding: (Int, Int)
    ) throws(TensorError) -> Tensor {
        try input.converted(to: .float32)
            .packedConvolved(weight, bias, kernel: kernel, stride: stride, padding: padding)
            .converted(to: input.dtype)
    }
}

extension Preparation {
    /// Whether products and convolutions of this program's own are faster than oneDNN's on this processor.
    var hasOwnProducts: Bool {
        switch dtype {
        case .float32, .float16: device == .cpu && Runtime.hasFastProducts
        case .bfloat16: device == .cpu && Runtime.hasFastProducts && !Runtime.hasMatrixBFloat16
        default: false
        }
    }

    /// Whether these multiply bfloat16 in pairs.
    var multipliesPairs: Bool { hasOwnProducts && dtype == .bfloat16 && Runtime.hasFastPairs }

    /// A parameter's numbers in float32, where it is to compute.
    func single(_ parameter: Tensor) throws(TensorError) -> Tensor {
        try parameter.detached().converted(to: .float32).moved(to: device)
    }
}
