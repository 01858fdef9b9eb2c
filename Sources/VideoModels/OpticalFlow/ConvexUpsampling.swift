import Torch
import TorchNN

/// Brings a flow from an eighth of the size to the full one: each new vector is a weighted mean of nine coarse ones.
///
/// Source: Teed and Deng, RAFT, section "Iterative Updates", paragraph "Upsampling".
final class ConvexUpsampling: Module {
    /// Pixels of the full size per pixel of the coarse one, along each axis.
    static let factor = 8

    let hidden: Convolution2D
    let output: Convolution2D

    init(inputs: Int) {
        hidden = Convolution2D(inputs, 256)
        output = Convolution2D(256, Self.factor * Self.factor * 9, kernel: 1)
    }

    /// - Parameters:
    ///   - flow: `[N, 2, h, w]`, in coarse pixels.
    ///   - state: `[N, inputs, h, w]`, which the weights are made from.
    /// - Returns: `[N, 2, 8·h, 8·w]`, in full pixels.
    func callAsFunction(_ flow: Tensor, state: Tensor) throws(TensorError) -> Tensor {
        let (n, _, h, w) = try flow.shape4()
        let factor = Self.factor
        // A quarter, as in training: it balances the gradients of the two heads.
        let scores = try output(hidden(state).relu()) * 0.25
        let weights = try scores.reshaped([n, 1, 9, factor, factor, h, w]).softmax(2)
        let nine = try (flow * Double(factor)).neighbourhoods(3)  // [N, 2·9, h·w]
        let mixed = try (nine.reshaped([n, 2, 9, 1, 1, h, w]) * weights).sum([2])
        return try mixed.permuted(0, 1, 4, 2, 5, 3)  // [N, 2, h, 8, w, 8]
            .reshaped(n, 2, h * factor, w * factor)
    }
}
