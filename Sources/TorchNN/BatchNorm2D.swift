public import Torch

/// Batch normalisation of the channels (axis 1) at inference: by statistics that training has left behind.
///
/// It does not gather statistics, so it cannot train.
public final class BatchNorm2D: Module {
    /// `[channels]`.
    public let weight: Parameter
    /// `[channels]`.
    public let bias: Parameter
    /// `[channels]`, the means of the training data.
    public let runningMean: Parameter
    /// `[channels]`, the variances of the training data.
    public let runningVariance: Parameter
    private let epsilon: Double

    /// A layer of `channels`.
    public init(channels: Int, epsilon: Double = 1e-5) {
        weight = Parameter([channels], .ones)
        bias = Parameter([channels], .zeros)
        runningMean = Parameter([channels], .zeros)
        runningVariance = Parameter([channels], .ones)
        self.epsilon = epsilon
    }

    /// Applies the layer to `[N, C, H, W]`.
    public func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        try input.batchNormalized(
            mean: runningMean.value, variance: runningVariance.value, weight: weight.value,
            bias: bias.value, epsilon: epsilon)
    }
}
