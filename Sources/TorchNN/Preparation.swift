public import Torch

/// What a network is being made ready for.
public struct Preparation: Sendable, Hashable {
    /// The element type that convolutions and matrix products compute in, or, on Intel CPUs with AVX-512 and without AMX, keep
    /// their weights in.
    ///
    /// On the CPU such a layer still takes and gives float32: LibTorch computes norms, activations and attention in
    /// bfloat16 more slowly (channels-last group norm of `[32, 64, 8, 8]` 1.62 ms, not 0.21; SiLU of it 46 µs, not 30),
    /// which costs more than the conversions (10 µs), and sums along the residual connections stay exact.
    public var dtype: DType
    /// Where the network runs.
    public var device: Device

    /// Inference in `dtype` on `device`.
    public static func inference(dtype: DType = .float32, device: Device = .cpu) -> Preparation {
        Preparation(dtype: dtype, device: device)
    }
}

extension Preparation {
    /// Whether oneDNN may order the weights in blocks.
    var canBlock: Bool {
        switch (device, dtype) {
        case (.cpu, .float32): true
        case (.cpu, .bfloat16): Runtime.hasNativeBFloat16
        case (.cpu, .float16): Runtime.hasNativeFloat16
        default: false
        }
    }

    /// The numbers of a parameter in the type and place to compute in.
    ///
    /// - Throws: `TensorError.operation` if one is beyond the range of float16; all numbers fit the other types.
    func ready(_ tensor: Tensor) throws(TensorError) -> Tensor {
        try checkRange(tensor)
        return try tensor.detached().converted(to: dtype).moved(to: device)
    }

    /// - Throws: `TensorError.operation` if a number is beyond the range of float16, where that is the type.
    func checkRange(_ tensor: Tensor) throws(TensorError) {
        guard dtype == .float16 else { return }
        guard try tensor.detached().converted(to: dtype).isFinite() else {
            throw .operation(
                name: "preparation",
                message: "a weight is beyond 65504, the largest number of float16. "
                    + "Use bfloat16 or float32",
                shapes: [tensor.shape])
        }
    }

    /// The result of a layer in the type to give on.
    func finished(_ result: Tensor, as input: Tensor) throws(TensorError) -> Tensor {
        device == .cpu ? try result.converted(to: input.dtype) : result
    }
}

/// The result of a packing operator, or `nil` where this LibTorch cannot pack: without oneDNN it has no such operator,
/// and one for another processor may refuse it.
func packedIfPossible(
    _ packing: () throws(TensorError) -> Tensor
) throws(TensorError) -> Tensor? {
    do throws(TensorError) {
        return try packing()
    } catch {
        if case .outOfMemory = error { throw error }
        return nil
    }
}
