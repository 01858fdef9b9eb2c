public import Torch

/// A trainable change of a weight that itself stays as it is: the product of two thin matrices, which takes little room.
///
/// Source: Hu et al., LoRA, ICLR 2022. A convolution's weight counts as a matrix of its output channels and all else.
public final class LowRankUpdate {
    /// `[outputs, rank]`; begins as zero, so that nothing is changed.
    public let up: Parameter
    /// `[rank, inputs]`.
    public let down: Parameter
    private let weight: Parameter

    /// The same change of another network's weight of the same shape.
    public init(of weight: Parameter, sharing other: LowRankUpdate) {
        self.weight = weight
        (up, down) = (other.up, other.down)
    }

    /// A change of `weight`, which has two axes or more.
    ///
    /// - Parameter rank: columns of one and rows of the other matrix; a weight that has fewer outputs or inputs gets as
    ///   many as that.
    public init(of weight: Parameter, rank: Int) {
        let outputs = weight.shape[0]
        let inputs = weight.shape.dropFirst().reduce(1, *)
        let rank = min(rank, outputs, inputs)
        self.weight = weight
        up = Parameter([outputs, rank], .zeros)
        down = Parameter([rank, inputs], .uniform(fanIn: inputs))
    }

    /// Draws the initial values, which depend on the seed and the weight's name only.
    public func initialize(seed: UInt64, name: String) throws(TensorError) {
        try up.initialize(seed: seed, path: name + ".up")
        try down.initialize(seed: seed, path: name + ".down")
    }

    /// Puts the changed weight in the place of the weight, until ``remove()``; gradients reach the two matrices.
    public func apply() throws(TensorError) {
        weight.substitute = nil
        let change = try up.value.multiplied(by: down.value).reshaped(weight.shape)
        weight.substitute = try weight.value + change
    }

    /// Takes the change away.
    public func remove() { weight.substitute = nil }
}
