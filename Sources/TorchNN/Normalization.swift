public import Torch

/// Group normalisation of the channels (axis 1).
public final class GroupNorm: Module {
    /// `[channels]`.
    public let weight: Parameter
    /// `[channels]`.
    public let bias: Parameter
    private let groups: Int
    private let epsilon: Double

    /// Statistics over each of `groups` channel groups and all axes behind the channels.
    public init(groups: Int, channels: Int, epsilon: Double = 1e-5) {
        weight = Parameter([channels], .ones)
        bias = Parameter([channels], .zeros)
        self.groups = groups
        self.epsilon = epsilon
    }

    /// Applies the layer to `[N, C, …]`.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        try normalized(input, thenSiLU: false)
    }

    /// Applies the layer to `[N, C, …]`, then SiLU, in one pass over memory where that can be.
    public func thenSiLU(_ input: Tensor) throws(TensorError) -> Tensor {
        try normalized(input, thenSiLU: true)
    }

    private func normalized(_ input: Tensor, thenSiLU: Bool) throws(TensorError) -> Tensor {
        try input.groupNormalized(
            groups: groups, weight: weight.value(beside: input), bias: bias.value(beside: input),
            epsilon: epsilon, thenSiLU: thenSiLU)
    }
}

/// Layer normalisation over the last axis.
public final class LayerNorm: Module {
    /// `[features]`.
    public let weight: Parameter
    /// `[features]`.
    public let bias: Parameter
    private let epsilon: Double

    /// Statistics over the last axis, which has `features` entries.
    public init(_ features: Int, epsilon: Double = 1e-5) {
        weight = Parameter([features], .ones)
        bias = Parameter([features], .zeros)
        self.epsilon = epsilon
    }

    /// Applies the layer to `[…, features]`.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        try input.layerNormalized(
            weight: weight.value(beside: input), bias: bias.value(beside: input), epsilon: epsilon)
    }
}

extension Parameter {
    /// The values in a type that LibTorch's norms accept beside `input`: the CPU takes float32 beside bfloat16, and a
    /// GPU wants one type for both.
    fileprivate func value(beside input: Tensor) throws(TensorError) -> Tensor {
        input.device == .cpu ? try value : try value.converted(to: input.dtype)
    }
}

/// A table of vectors.
public final class Embedding: Module {
    /// `[entries, features]`.
    public let weight: Parameter

    /// `entries` vectors of `features` numbers.
    public init(entries: Int, features: Int, deviation: Double = 0.02) {
        weight = Parameter([entries, features], .normal(deviation))
    }

    /// The vectors of `indices` (int64).
    public func callAsFunction(_ indices: Tensor) throws(TensorError) -> Tensor {
        try weight.value.embedding(indices)
    }
}
