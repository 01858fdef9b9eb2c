import Testing
import Torch

@testable import Training

/// What wrong pictures cost.
@Suite struct PixelErrorTests {
    /// By hand: `|e|`, `10 e²`, and the differences to the neighbours, each a mean.
    @Test func valuesAreTheFormulas() throws {
        // Two rows of three pixels, one channel.
        let error = try Tensor([0.1, 0.3, -0.1, 0.1, 0.1, 0.1] as [Float], shape: [1, 1, 2, 3])
        let absolute = 0.8 / 6
        let squared = (0.01 * 5 + 0.09) / 6
        let (down, right) = ((0 + 0.2 + 0.2) / 3, (0.2 + 0.4 + 0 + 0) / 4)
        let loss = try PixelError.loss(error).item()
        #expect(abs(loss - (absolute + 10 * squared + down + right)) < 1e-6)
        #expect(
            abs(
                try PixelError.loss(error, weights: Tensor.full([1, 1, 2, 3], value: 2)).item() - 2
                    * loss) < 1e-6)
    }

    /// An error counts only where there is weight.
    @Test func weightsBelongToPlaces() throws {
        let weights = try Tensor([1, 0, 0, 0] as [Float], shape: [1, 1, 2, 2])
        let elsewhere = try Tensor([0, 0, 0, 0.5] as [Float], shape: [1, 1, 2, 2])
        #expect(try PixelError.loss(elsewhere, weights: weights).item() == 0)
        let there = try Tensor([0.5, 0, 0, 0] as [Float], shape: [1, 1, 2, 2])
        // |e| and 10 e² over four pixels; no pixel with weight lies to the right of it or below.
        #expect(abs(try PixelError.loss(there, weights: weights).item() - (0.5 + 2.5) / 4) < 1e-6)
    }

    /// Half as strong edges lack a quarter of the squared amount, stronger ones are wrong as well.
    @Test func edgesAreComparedInStrength() throws {
        let generator = RandomGenerator(seed: 1)
        let truth = try generator.normal([2, 3, 8, 8], .data)
        for (factor, loss) in [(1.0, 0.0), (0.5, 0.25), (1.5, 0.25), (0, 1)] {
            let found = try PixelError.edgeLoss(truth * factor + 0.3, truth: truth).item()
            #expect(abs(found - loss) < 1e-3, "\(factor): \(found)")
        }
    }
}
