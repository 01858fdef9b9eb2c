import Torch

/// The kernels of a convolution in the type, place and memory layout that inference computes in.
///
/// On the CPU, small kernels of three points become a ``WinogradConvolution``, others of two bytes a ``PackedProduct``. Of the
/// rest, oneDNN orders the kernels in blocks at the first input of each shape, so that no later call does it again.
/// Measured with one thread (AVX-512 BF16) on channels-last images of 8×8 pixels and fewer, that makes 3×3 convolutions
/// 1.0 to 1.6 times as fast in float32 and 1.1 to 1.7 times in bfloat16; on large images it gains nothing and costs
/// nothing. Packing without knowing the shape must not be done: oneDNN then guesses a block size, and where it does not
/// fit (96 channels on 8×8 pixels) computes ten times as slowly.
final class PackedConvolution {
    /// Where this program does better than oneDNN; the kernel's rows and columns beside a product.
    private enum Own {
        case winograd(WinogradConvolution)
        case product(PackedProduct, (Int, Int))
    }

    let preparation: Preparation
    private let own: Own?
    /// `[outputs, inputs, height, width]`, until a packed form holds the numbers.
    private var plain: Tensor?
    private let bias: Tensor?
    private let stride: Int
    private let padding: (Int, Int)
    private var forms: [(shape: [Int], kernel: Tensor)] = []
    /// Shapes that kernels are kept for: those of full and partial batches in the first and in later chunks.
    private static let formLimit = 4

    init(
        _ weight: Tensor, _ bias: Tensor?, stride: Int, padding: (Int, Int),
        for preparation: Preparation
    ) throws(TensorError) {
        self.preparation = preparation
        self.stride = stride
        self.padding = padding
        try preparation.checkRange(weight)
        if let tile = WinogradConvolution.Tile(
            weight.shape, stride: stride, padding: padding, for: preparation)
        {
            own = .winograd(try WinogradConvolution(weight, bias, tile, for: preparation))
            self.bias = nil
            return
        }
        if let product = try PackedProduct(weight, bias, for: preparation) {
            own = .product(product, (weight.shape[2], weight.shape[3]))
            self.bias = nil
            return
        }
        own = nil
        plain = try preparation.ready(weight)
        if let bias { self.bias = try preparation.ready(bias) } else { self.bias = nil }
    }

    /// Bytes of what a kernel of this shape becomes.
    static func byteCount(
        _ shape: [Int], biases: Int, stride: Int, padding: (Int, Int), for preparation: Preparation
    ) -> Int {
        let tile = WinogradConvolution.Tile(
            shape, stride: stride, padding: padding, for: preparation)
        let numbers = Double(shape.reduce(1, *)) * (tile?.growth ?? 1)
        return (Int(numbers) + biases) * preparation.dtype.byteCount
    }

    /// The convolution of `[N, C, H, W]`; packed kernels write channels last.
    func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        switch own {
        case .winograd(let winograd): return try winograd(input)
        case .product(let product, let kernel):
            return try product.convolved(input, kernel: kernel, stride: stride, padding: padding)
        case nil: break
        }
        let ready = try input.converted(to: preparation.dtype)
        guard let kernel = try packedKernel(for: ready.shape) else {
            let result = try ready.convolved2D(
                plainKernel(), bias, stride: stride, padding: padding)
            return try preparation.finished(result, as: input)
        }
        let result = try Operator.call(
            "mkldnn::_convolution_pointwise", "", .tensor(ready), .tensor(kernel), .optional(bias),
            .ints([padding.0, padding.1]), .ints([stride, stride]), .ints([1, 1]), .int(1),
            .string("none"), .doubles([]), .none)
        return try preparation.finished(result, as: input)
    }

    private func packedKernel(for shape: [Int]) throws(TensorError) -> Tensor? {
        if let form = forms.first(where: { $0.shape == shape }) { return form.kernel }
        let plain = try plainKernel()
        // Shapes that do not fit take the plain way, which says what is wrong.
        guard preparation.canBlock, shape.count == 4, shape[1] == plain.shape[1] else { return nil }
        let kernel = try packedIfPossible { () throws(TensorError) in
            try Operator.call(
                "mkldnn::_reorder_convolution_weight", "", .tensor(plain),
                .ints([padding.0, padding.1]), .ints([stride, stride]), .ints([1, 1]), .int(1),
                .ints(shape))
        }
        guard let kernel else { return nil }
        if forms.count == Self.formLimit { forms.removeFirst() }
        forms.append((shape, kernel))
        self.plain = nil
        return kernel
    }

    private func plainKernel() throws(TensorError) -> Tensor {
        if let plain { return plain }
        guard let form = forms.last else { throw .emptyParameter(shape: []) }
        return try Operator.call("aten::to_dense", "", .tensor(form.kernel))
    }
}
