public import Torch

/// Convolution over the two spatial axes of `[N, C, H, W]`.
public final class Convolution2D: Module, PreparableLayer {
    /// `[outputs, inputs, kernel rows, kernel columns]`.
    public let weight: Parameter
    /// `[outputs]`, where the layer has one.
    public let bias: Parameter?
    private let stride: Int
    private let padding: (Int, Int)
    private var packed: PackedConvolution?

    /// A square kernel; `padding` defaults to half of it, which keeps the size at stride 1.
    public convenience init(
        _ inputs: Int, _ outputs: Int, kernel: Int = 3, stride: Int = 1, padding: Int? = nil,
        bias: Bool = true, startsAtZero: Bool = false
    ) {
        let around = padding ?? kernel / 2
        self.init(
            inputs, outputs, kernelSize: (kernel, kernel), stride: stride,
            padding: (around, around),
            bias: bias, startsAtZero: startsAtZero)
    }

    /// A kernel of `kernelSize` rows and columns over images with `padding` zero rows above and below and zero columns at
    /// both sides.
    public init(
        _ inputs: Int, _ outputs: Int, kernelSize: (rows: Int, columns: Int), stride: Int = 1,
        padding: (rows: Int, columns: Int), bias: Bool = true, startsAtZero: Bool = false
    ) {
        let fanIn = inputs * kernelSize.rows * kernelSize.columns
        weight = Parameter(
            [outputs, inputs, kernelSize.rows, kernelSize.columns],
            startsAtZero ? .zeros : .uniform(fanIn: fanIn))
        self.bias =
            bias ? Parameter([outputs], startsAtZero ? .zeros : .uniform(fanIn: fanIn)) : nil
        self.stride = stride
        self.padding = padding
    }

    /// Applies the layer: `[N, inputs, H, W]` to `[N, outputs, H', W']`.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        if let packed { return try packed(input) }
        return try input.convolved2D(
            weight.value, bias?.value, stride: stride, padding: padding)
    }

    package func releasePacked() { packed = nil }

    package func packedByteCount(for preparation: Preparation) -> Int {
        PackedConvolution.byteCount(
            weight.shape, biases: bias?.count ?? 0, stride: stride, padding: padding,
            for: preparation)
    }

    package func prepareLayer(for preparation: Preparation) throws(TensorError) {
        if !weight.isFilled, packed?.preparation == preparation { return }
        packed = try PackedConvolution(
            weight.value, bias?.value, stride: stride, padding: padding,
            for: preparation)
        weight.release()
        bias?.release()
    }
}
