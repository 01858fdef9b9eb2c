public import Torch

/// Classifier-free guidance, with the spread of the result taken back towards that of the prompted prediction.
///
/// Source: Ho and Salimans, "Classifier-free diffusion guidance"; Lin et al. (WACV 2024), "Rescale classifier-free
/// guidance".
public struct Guidance: Sendable, Hashable {
    /// How far the prediction is pushed away from that of the negative prompt; 1 is not at all.
    public var scale: Double
    /// How much of the spread is taken back, from 0 to 1.
    public var rescale: Double

    /// The published values of MS-Vid2Vid-XL, unless told otherwise.
    public init(scale: Double = 7.5, rescale: Double = 0.2) {
        self.scale = scale
        self.rescale = rescale
    }

    /// Whether the negative prompt's prediction is needed.
    public var needsNegative: Bool { scale != 1 }

    /// The guided prediction of one sample.
    ///
    /// - Parameters:
    ///   - prompted: prediction with the prompt, of any shape; all elements belong to one sample.
    ///   - negative: prediction with the negative prompt, of the same shape.
    public func callAsFunction(
        _ prompted: Tensor, negative: Tensor
    ) throws(TensorError) -> Tensor {
        guard needsNegative else { return prompted }
        let guided = try negative + (prompted - negative) * scale
        guard rescale != 0 else { return guided }
        let ratio = try prompted.standardDeviation() / (guided.standardDeviation() + 1e-12)
        return try guided * (ratio * rescale + (1 - rescale))
    }
}
