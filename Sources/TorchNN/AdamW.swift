public import Torch

/// AdamW (Loshchilov and Hutter, ICLR 2019) over a fixed list of parameters, with clipping of the gradient norm.
public final class AdamW {
    /// Settings that stay the same during a run.
    public struct Configuration: Codable, Sendable, Hashable {
        /// Decay of the mean of gradients.
        public var beta1 = 0.9
        /// Decay of the mean of squared gradients.
        public var beta2 = 0.99
        /// Added to the root of the second mean.
        public var epsilon = 1e-8
        /// Decoupled weight decay.
        public var weightDecay = 0.01
        /// Largest L2 norm of all gradients together; larger ones are scaled down.
        public var gradientClip = 1.0

        /// The defaults above.
        public init() {}
    }

    /// The parameters, in the order of the state.
    public let parameters: [(path: String, parameter: Parameter)]
    private let configuration: Configuration
    private let values: [Tensor]
    private let firstMoments: [Tensor]
    private let secondMoments: [Tensor]
    private let steps: [Tensor]

    /// An optimizer with fresh state.
    public init(
        _ parameters: [(path: String, parameter: Parameter)], configuration: Configuration = .init()
    ) throws(TensorError) {
        self.parameters = parameters
        self.configuration = configuration
        var values: [Tensor] = []
        var first: [Tensor] = []
        var second: [Tensor] = []
        var steps: [Tensor] = []
        for (_, parameter) in parameters {
            let value = try parameter.value
            values.append(value)
            first.append(try value.detached().zerosLike())
            second.append(try value.detached().zerosLike())
            steps.append(try Tensor.zeros([]))
        }
        self.values = values
        (firstMoments, secondMoments, self.steps) = (first, second, steps)
    }

    /// One update with the gradients that backward passes left; frees them.
    ///
    /// - Returns: the L2 norm of all gradients before clipping.
    @discardableResult
    public func step(learningRate: Double) throws(TensorError) -> Double {
        try withoutGradients { () throws(TensorError) -> Double in
            var active: [Int] = []
            var gradients: [Tensor] = []
            for index in values.indices {
                if let gradient = try values[index].gradient() {
                    active.append(index)
                    gradients.append(gradient)
                }
            }
            guard !active.isEmpty else { return 0 }
            let norms = try Operator.callMany(
                "aten::_foreach_norm", "Scalar", .tensors(gradients), .int(2))
            let total = try Tensor.stacked(norms, axis: 0).norm().item()
            if total > configuration.gradientClip {
                try Operator.run(
                    "aten::_foreach_mul_", "Scalar", .tensors(gradients),
                    .double(configuration.gradientClip / total))
            }
            try Operator.run(
                "aten::_foreach_add_", "Scalar", .tensors(active.map { steps[$0] }), .int(1))
            try Operator.run(
                "aten::_fused_adamw_", "", .tensors(active.map { values[$0] }), .tensors(gradients),
                .tensors(active.map { firstMoments[$0] }),
                .tensors(active.map { secondMoments[$0] }), .tensors([]),
                .tensors(active.map { steps[$0] }), .double(learningRate),
                .double(configuration.beta1), .double(configuration.beta2),
                .double(configuration.weightDecay), .double(configuration.epsilon), .bool(false),
                .bool(false))
            for index in active { try values[index].setGradient(nil) }
            return total
        }
    }

    /// The state under names that ``restore(_:)`` understands.
    public func state() -> [(name: String, tensor: Tensor)] {
        parameters.indices.flatMap { index in
            let path = parameters[index].path
            return [
                ("first.\(path)", firstMoments[index]), ("second.\(path)", secondMoments[index]),
                ("step.\(path)", steps[index]),
            ]
        }
    }

    /// Continues from a saved state.
    public func restore(_ tensor: (String) throws(TensorError) -> Tensor) throws(TensorError) {
        for (name, own) in state() { try own.assign(tensor(name)) }
    }
}
