public import Torch

/// A weight of a network: a box that begins with a shape and no memory and is filled by loading or initialisation.
public final class Parameter {
    /// How fresh values are drawn.
    public enum Initializer: Sendable, Hashable {
        /// All zero: the layer starts without effect.
        case zeros
        /// All one.
        case ones
        /// Uniform in ±1/√`fanIn`, the usual start of linear and convolution layers.
        case uniform(fanIn: Int)
        /// Normal with this standard deviation.
        case normal(Double)
        /// The same value everywhere.
        case constant(Double)
    }

    /// The lengths of the axes.
    public let shape: [Int]
    /// How fresh values are drawn.
    package let initializer: Initializer
    private var tensor: Tensor? { didSet { revision += 1 } }
    /// How often the values were replaced; what was made from them can tell whether it is up to date.
    private(set) var revision = 0
    /// What stands in for the values, with the operations that led to it.
    package var substitute: Tensor?

    /// A weight without values yet.
    public init(_ shape: [Int], _ initializer: Initializer) {
        self.shape = shape
        self.initializer = initializer
    }

    /// Whether values have been loaded or drawn.
    public var isFilled: Bool { tensor != nil }

    /// The values.
    ///
    /// - Throws: `TensorError.emptyParameter` before the first load or initialisation.
    public var value: Tensor {
        get throws(TensorError) {
            if let substitute { return substitute }
            return try stored
        }
    }

    /// The values, whatever stands in for them.
    private var stored: Tensor {
        get throws(TensorError) {
            guard let tensor else { throw .emptyParameter(shape: shape) }
            return tensor
        }
    }

    /// Takes over values of the same shape, without the operations that led to them.
    public func load(_ values: Tensor) throws(TensorError) {
        guard values.shape == shape else {
            throw .shapeMismatch(
                place: "parameter", expected: "shape \(shape)", actual: values.shape)
        }
        tensor = values.requiresGradient ? try values.detached() : values
    }

    /// Overwrites the values in place; optimizer state and recorded gradients stay tied to the same memory.
    public func assign(_ values: Tensor) throws(TensorError) {
        try stored.assign(values)
        revision += 1
    }

    /// Draws the initial values of this path.
    public func initialize(seed: UInt64, path: String) throws(TensorError) {
        tensor = try initializer.values(of: shape, seed: seed, name: path)
    }

    /// Whether gradients are recorded for this weight.
    public var isTrainable: Bool { tensor?.requiresGradient ?? false }

    /// Freezes or unfreezes this weight; make optimizer and averages after that.
    ///
    /// A convolution's weight that is to be trained is laid out as oneDNN and cuDNN read it, channels last; else it is
    /// copied in each step, and so is its gradient.
    public func setTrainable(_ isTrainable: Bool) throws(TensorError) {
        if isTrainable, shape.count >= 4 {
            let laid = try stored.detached().channelsLast()
            if try !laid.sharesMemory(with: stored) { tensor = laid }
        }
        try stored.setRequiresGradient(isTrainable)
        if !isTrainable { try stored.setGradient(nil) }
    }

    /// Frees the values, for weights that a packed form has replaced.
    func release() { tensor = nil }
}

extension Parameter.Initializer {
    /// Fresh values, which depend on the seed and the name only.
    package func values(
        of shape: [Int], seed: UInt64, name: String
    ) throws(TensorError) -> Tensor {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325  // FNV-1a
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let generator = RandomGenerator(seed: seed ^ hash)
        switch self {
        case .zeros: return try Tensor.zeros(shape)
        case .ones: return try Tensor.full(shape, value: 1)
        case .constant(let value): return try Tensor.full(shape, value: value)
        case .uniform(let fanIn):
            let bound = 1 / Double(max(fanIn, 1)).squareRoot()
            return try generator.uniform(shape, .initialization) * (2 * bound) - bound
        case .normal(let deviation):
            return try generator.normal(shape, .initialization) * deviation
        }
    }
}
