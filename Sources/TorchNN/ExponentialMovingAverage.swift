public import Torch

/// A slowly following copy of parameters, which samples better than the parameters themselves.
public final class ExponentialMovingAverage {
    /// The parameters that are followed.
    public let parameters: [(path: String, parameter: Parameter)]
    private let averages: [Tensor]
    private let decay: Double

    /// Starts at the parameters' values.
    ///
    /// - Parameter decay: share of the old average that a step keeps.
    public init(
        _ parameters: [(path: String, parameter: Parameter)], decay: Double
    ) throws(TensorError) {
        self.parameters = parameters
        self.decay = decay
        var averages: [Tensor] = []
        for (_, parameter) in parameters {
            averages.append(try parameter.value.detached().copied())
        }
        self.averages = averages
    }

    /// Follows the parameters; in the first steps faster, so that the start is forgotten.
    public func update(step: Int) throws(TensorError) {
        let kept = min(decay, Double(1 + step) / Double(10 + step))
        try withoutGradients { () throws(TensorError) in
            var values: [Tensor] = []
            for (_, parameter) in parameters { values.append(try parameter.value) }
            try Operator.run(
                "aten::_foreach_lerp_", "Scalar", .tensors(averages), .tensors(values),
                .double(1 - kept))
        }
    }

    /// Runs `body` with the averages in place of the parameters, then puts the parameters back.
    public func whileApplied<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws -> Result {
        var kept: [Tensor] = []
        for (index, entry) in parameters.enumerated() {
            kept.append(try entry.parameter.value.detached().copied())
            try entry.parameter.assign(averages[index])
        }
        let result = Swift.Result { try body() }
        for (index, entry) in parameters.enumerated() { try entry.parameter.assign(kept[index]) }
        return try result.get()
    }

    /// The averages with their paths.
    public func state() -> [(name: String, tensor: Tensor)] {
        parameters.indices.map { (parameters[$0].path, averages[$0]) }
    }
}
