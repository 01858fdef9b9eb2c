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
    private let firstMoments: [Tensor]
    private let secondMoments: [Tensor]
    private let steps: [Tensor]

    /// An optimizer with fresh state.
    public init(
        _ parameters: [(path: String, parameter: Parameter)], configuration: Configuration = .init()
    ) throws(TensorError) {
        self.parameters = parameters
        self.configuration = configuration
        var first: [Tensor] = []
        var second: [Tensor] = []
        var steps: [Tensor] = []
        for (_, parameter) in parameters {
            let value = try parameter.value
            first.append(try value.detached().zerosLike())
            second.append(try value.detached().zerosLike())
            steps.append(try Tensor.zeros([], device: value.device))
        }
        (firstMoments, secondMoments, self.steps) = (first, second, steps)
    }

    /// One update with the gradients that backward passes left; frees them.
    ///
    /// - Returns: the L2 norm of all gradients before clipping.
    @discardableResult
    public func step(learningRate: Double) throws(TensorError) -> Double {
        var values: [Tensor] = []
        for (_, parameter) in parameters { values.append(try parameter.value) }
        return try Tensor.stepAdamW(
            values, firstMoments: firstMoments, secondMoments: secondMoments, steps: steps,
            learningRate: learningRate, decays: (configuration.beta1, configuration.beta2),
            epsilon: configuration.epsilon, weightDecay: configuration.weightDecay,
            gradientClip: configuration.gradientClip)
    }

    /// The state by name; a run goes on where these tensors are assigned.
    public func state() -> [(name: String, tensor: Tensor)] {
        parameters.indices.flatMap { index in
            let path = parameters[index].path
            return [
                ("first.\(path)", firstMoments[index]), ("second.\(path)", secondMoments[index]),
                ("step.\(path)", steps[index]),
            ]
        }
    }
}
