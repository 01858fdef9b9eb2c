public import Torch

/// `a · gelu(b)` over the last axis, where one product makes `a` and `b`.
///
/// Packed for inference on the CPU, it is two products: the GELU is applied to the one, and it is multiplied with the
/// other, while their results are in registers or cache, so neither `b` nor `a` ever goes to memory. In training on the CPU they
/// are made once more for the gradient instead of being kept.
public final class GatedLinear: Module, PreparableLayer {
    /// `[2 · outputs, inputs]`, the rows of `a` before those of `b`.
    public let weight: Parameter
    /// `[2 · outputs]`.
    public let bias: Parameter
    private var packed: (value: PackedLinear, gate: PackedLinear)?

    /// A layer with `inputs` features in and `outputs` out.
    public init(_ inputs: Int, _ outputs: Int) {
        weight = Parameter([2 * outputs, inputs], .uniform(fanIn: inputs))
        bias = Parameter([2 * outputs], .uniform(fanIn: inputs))
    }

    /// What the layer is packed for, if it is.
    var preparation: Preparation? { packed?.value.preparation }

    /// The type that it computes rows in, if it is packed.
    var rowType: DType? { packed?.value.rowType }

    /// Applies the layer.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        if let packed {
            return try packed.value(input, then: .times(packed.gate(input, then: .gelu)))
        }
        return try input.gatedLinear(weight.value, bias.value)
    }

    package func releasePacked() { packed = nil }

    package func prepareLayer(for preparation: Preparation) throws(TensorError) {
        if !weight.isFilled, self.preparation == preparation { return }
        let weights = try weight.value.split(into: 2, axis: 0)
        let biases = try bias.value.split(into: 2, axis: 0)
        packed = (
            try PackedLinear(weights[0], biases[0], for: preparation),
            try PackedLinear(weights[1], biases[1], for: preparation)
        )
        weight.release()
        bias.release()
    }
}
