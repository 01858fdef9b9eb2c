public import Torch

/// `y = x Wᵀ + b` over the last axis.
public final class Linear: Module, PreparableLayer {
    /// `[outputs, inputs]`.
    public let weight: Parameter
    /// `[outputs]`, where the layer has one.
    public let bias: Parameter?
    private(set) var packed: PackedLinear?
    /// The revisions of weight and bias that were packed.
    private var packedRevisions: [Int] = []

    /// A layer with `inputs` features in and `outputs` out.
    public init(_ inputs: Int, _ outputs: Int, bias: Bool = true, startsAtZero: Bool = false) {
        weight = Parameter(
            [outputs, inputs], startsAtZero ? .zeros : .uniform(fanIn: inputs))
        self.bias =
            bias ? Parameter([outputs], startsAtZero ? .zeros : .uniform(fanIn: inputs)) : nil
    }

    /// Applies the layer.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        if let packed, !isFasterPlain(input) { return try packed(input) }
        return try input.linear(weight.value, bias?.value)
    }

    package func releasePacked() { packed = nil }

    package func prepareLayer(for preparation: Preparation) throws(TensorError) {
        if isPacked(for: preparation) { return }
        packed = try PackedLinear(weight.value, bias?.value, for: preparation)
        packedRevisions = revisions
        if keepsPlainWeights(beside: preparation) { return }
        weight.release()
        bias?.release()
    }

    /// Whether it is packed from the weights that it has, or from those that packing has replaced.
    private func isPacked(for preparation: Preparation) -> Bool {
        packed?.preparation == preparation && (!weight.isFilled || packedRevisions == revisions)
    }

    private var revisions: [Int] { [weight, bias].compactMap { $0?.revision } }

    package func packedByteCount(for preparation: Preparation) -> Int {
        let plain = keepsPlainWeights(beside: preparation) ? DType.float32.byteCount : 0
        return (weight.count + (bias?.count ?? 0)) * (preparation.dtype.byteCount + plain)
    }

    private func keepsPlainWeights(beside preparation: Preparation) -> Bool {
        preparation.device == .cpu && weight.count < Self.keptLimit
    }

    /// Multiplications below which oneDNN's start (about 10 µs) costs more than packing saves.
    ///
    /// Measured: 2·77 rows of 64 → 64 (631 thousand) take 16 µs plain and packed in float32, 26 µs in bfloat16; one row
    /// of 128 → 384 takes 4 µs plain and 12 µs packed.
    private static let plainLimit = 1 << 19

    /// Numbers of a weight that is kept beside its packed form: larger ones would come below the limit with three rows
    /// at most.
    private static let keptLimit = plainLimit / 4

    private func isFasterPlain(_ input: Tensor) -> Bool {
        weight.isFilled && input.dtype == .float32 && input.device == .cpu
            && input.count * weight.shape[0] < Self.plainLimit
    }
}
