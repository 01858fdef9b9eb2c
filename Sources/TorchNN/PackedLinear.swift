import Torch

/// The weights of a linear layer in the type, place and memory layout that inference computes in.
///
/// On the CPU, those of two bytes become a ``PackedProduct``; others oneDNN orders in blocks once, so that no call does it again. Measured with one thread on one processor
/// with AVX-512 BF16, that makes the product 2.0 to 2.4 times as fast in float32 and 1.1 to 1.5 times in bfloat16; with two
/// on another, whose plain products are as fast, 1.0 to 1.1 times in both.
struct PackedLinear {
    /// What is done with the product before it goes to memory.
    enum Completion {
        case none
        /// The exact GELU.
        case gelu
        /// Multiplied element by element.
        case times(Tensor)
    }

    let preparation: Preparation
    private let form: Form
    private let bias: Tensor?

    private enum Form {
        case own(PackedProduct)
        case blocked(Tensor)
        case plain(Tensor)
    }

    /// Packs a weight `[outputs, inputs]`.
    init(
        _ weight: Tensor, _ bias: Tensor?, for preparation: Preparation
    ) throws(TensorError) {
        self.preparation = preparation
        try preparation.checkRange(weight)
        if let product = try PackedProduct(weight, bias, for: preparation) {
            form = .own(product)
            self.bias = nil
            return
        }
        let plain = try preparation.ready(weight)
        // Copied where they are parts of others, which would stay in memory with them.
        if let bias { self.bias = try preparation.ready(bias).copied() } else { self.bias = nil }
        var blocked: Tensor?
        if preparation.canBlock {
            blocked = try packedIfPossible { () throws(TensorError) in
                try Operator.call("mkldnn::_reorder_linear_weight", "", .tensor(plain))
            }
        }
        form = if let blocked { .blocked(blocked) } else { .plain(plain) }
    }

    /// The packed weight, where oneDNN ordered it or it is as it was.
    var weight: Tensor? {
        switch form {
        case .own: nil
        case .blocked(let weight), .plain(let weight): weight
        }
    }

    /// The type that rows are computed in.
    var rowType: DType { if case .own = form { .float32 } else { preparation.dtype } }

    /// `x Wᵀ + b`, completed.
    func callAsFunction(
        _ input: Tensor, then completion: Completion = .none
    ) throws(TensorError) -> Tensor {
        let ready = try input.converted(to: rowType)
        let result =
            switch form {
            case .own(let product): try product(ready, then: completion)
            case .blocked(let weight): try blocked(ready, weight, completion)
            case .plain(let weight): try plain(ready, weight, completion)
            }
        return try preparation.finished(result, as: input)
    }

    private func blocked(
        _ input: Tensor, _ weight: Tensor, _ completion: Completion
    ) throws(TensorError) -> Tensor {
        switch completion {
        case .none:
            try Operator.call(
                "mkldnn::_linear_pointwise", "", .tensor(input), .tensor(weight), .optional(bias),
                .string("none"), .doubles([]), .none)
        case .gelu:
            try Operator.call(
                "mkldnn::_linear_pointwise", "", .tensor(input), .tensor(weight), .optional(bias),
                .string("gelu"), .doubles([]), .string("none"))
        case .times(let factor):
            try Operator.call(
                "mkldnn::_linear_pointwise", "binary", .tensor(input),
                .tensor(factor.converted(to: input.dtype)), .tensor(weight), .optional(bias),
                .string("mul"))
        }
    }

    private func plain(
        _ input: Tensor, _ weight: Tensor, _ completion: Completion
    ) throws(TensorError) -> Tensor {
        let product = try input.linear(weight, bias)
        return switch completion {
        case .none: product
        case .gelu: try product.gelu()
        case .times(let factor): try product * factor
        }
    }
}
