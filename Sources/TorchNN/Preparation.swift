public import Torch

/// What a network is being made ready for.
public struct Preparation: Sendable, Hashable {
    /// The element type that convolutions and matrix products compute in.
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
        let numbers = try tensor.detached().converted(to: dtype)
        if dtype == .float16, try !numbers.isFinite() {
            throw .operation(
                name: "preparation",
                message: "a weight is beyond 65504, the largest number of float16. "
                    + "Use --dtype bfloat16 or float32",
                shapes: [tensor.shape])
        }
        return try numbers.moved(to: device)
    }

    /// The result of a layer in the type to give on.
    func finished(_ result: Tensor, as input: Tensor) throws(TensorError) -> Tensor {
        device == .cpu ? try result.converted(to: input.dtype) : result
    }
}

/// The result of packing, or `nil` where that cannot be done: without oneDNN, LibTorch has no such operator, one for another
/// processor may refuse it, and a number may be beyond the range of the packed form's type.
func packedIfPossible<Packed>(
    _ packing: () throws(TensorError) -> Packed
) throws(TensorError) -> Packed? {
    do throws(TensorError) {
        return try packing()
    } catch {
        if case .outOfMemory = error { throw error }
        return nil
    }
}
