public import Torch

/// `y = x Wᵀ + b` over the last axis.
public final class Linear: Module, PreparableLayer {
    /// `[outputs, inputs]`.
    public let weight: Parameter
    /// `[outputs]`, where the layer has one.
    public let bias: Parameter?
    private var packed: PackedWeights?

    /// A layer with `inputs` features in and `outputs` out.
    public init(_ inputs: Int, _ outputs: Int, bias: Bool = true, startsAtZero: Bool = false) {
        weight = Parameter(
            [outputs, inputs], startsAtZero ? .zeros : .uniform(fanIn: inputs))
        self.bias =
            bias ? Parameter([outputs], startsAtZero ? .zeros : .uniform(fanIn: inputs)) : nil
    }

    /// Applies the layer.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        guard let packed, !isFasterPlain(input, packed) else {
            return try input.linear(weight.value, bias?.value)
        }
        return try packed.linear(input)
    }

    package func prepareLayer(for preparation: Preparation) throws(TensorError) {
        if !weight.isFilled, packed?.preparation == preparation { return }
        packed = try .linear(weight.value, bias?.value, preparation)
        guard preparation.dtype == .float32, preparation.device == .cpu, isSmall else {
            weight.release()
            bias?.release()
            return
        }
    }

    /// Multiplications below which oneDNN's start (about 10 µs) costs more than packing saves: measured in float32,
    /// 2·77 rows of 64 → 64 (631 thousand) take 17 µs in both forms, 2 rows of 64 → 256 take 4 µs plain and 12 µs
    /// packed. In bfloat16 LibTorch itself calls oneDNN, and packing always pays.
    private static let plainLimit = 1 << 19

    /// Whether there are inputs small enough for the plain product, so that its weights have to be kept.
    private var isSmall: Bool { weight.shape.reduce(1, *) < Self.plainLimit }

    private func isFasterPlain(_ input: Tensor, _ packed: PackedWeights) -> Bool {
        weight.isFilled && packed.preparation.dtype == .float32 && packed.preparation.device == .cpu
            && input.dtype == .float32 && input.count * weight.shape[0] < Self.plainLimit
    }
}
