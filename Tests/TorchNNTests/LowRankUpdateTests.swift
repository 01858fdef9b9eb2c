import Testing
import Torch

@testable import TorchNN

@Suite struct LowRankUpdateTests {
    private final class Layers: Module {
        let linear = Linear(6, 5)
        let convolution = Convolution2D(4, 3)
    }

    private func layers() throws -> Layers {
        let layers = Layers()
        try layers.initialize(seed: 1)
        return layers
    }

    /// Fills both matrices.
    private func fill(_ update: LowRankUpdate) throws {
        try update.up.load(RandomGenerator(seed: 5).normal(update.up.shape, .data))
        try update.down.load(RandomGenerator(seed: 6).normal(update.down.shape, .data))
    }

    @Test func beginsWithoutEffect() throws {
        let layers = try layers()
        let update = LowRankUpdate(of: layers.linear.weight, rank: 2)
        try update.initialize(seed: 3, name: "linear")
        let input = try RandomGenerator(seed: 2).normal([2, 6], .data)
        let before = try layers.linear(input)
        try update.apply()
        #expect(try (layers.linear(input) - before).absolute().maximum().item() == 0)
        #expect(try update.down.value.absolute().maximum().item() > 0.1)
    }

    /// The change is the product of the two matrices, laid out as the weight, and goes away without a trace.
    @Test func changesTheWeightByTheProduct() throws {
        let layers = try layers()
        for weight in [layers.linear.weight, layers.convolution.weight] {
            let update = LowRankUpdate(of: weight, rank: 2)
            let inputs = weight.shape.dropFirst().reduce(1, *)
            #expect(update.up.shape == [weight.shape[0], 2] && update.down.shape == [2, inputs])
            try fill(update)
            let before = try weight.value.values(as: Float.self)
            try update.apply()
            try update.apply()  // not twice
            let changed = try weight.value.values(as: Float.self)
            let up = try update.up.value.values(as: Float.self)
            let down = try update.down.value.values(as: Float.self)
            for (index, value) in changed.enumerated() {
                let (row, column) = (index / inputs, index % inputs)
                let product =
                    up[2 * row] * down[column] + up[2 * row + 1] * down[inputs + column]
                #expect(abs(value - before[index] - product) < 1e-5)
            }
            update.remove()
            #expect(try weight.value.values(as: Float.self) == before)
        }
    }

    @Test func gradientsReachTheMatricesAlone() throws {
        let layers = try layers()
        let update = LowRankUpdate(of: layers.linear.weight, rank: 2)
        try fill(update)
        for matrix in [update.up, update.down] { try matrix.setTrainable(true) }
        try update.apply()
        let input = try RandomGenerator(seed: 2).normal([2, 6], .data)
        try layers.linear(input).sum().backward()
        update.remove()
        // The loss is the sum of all weights times the columns' sums of the input.
        let columns = try input.sum([0]).values(as: Float.self)
        let down = try update.down.value.values(as: Float.self)
        let expected = (0..<2).map { rank in
            zip(columns, down[rank * 6..<rank * 6 + 6]).map(*).reduce(0, +)
        }
        let gradient = try #require(try update.up.value.gradient()).values(as: Float.self)
        for (index, value) in gradient.enumerated() {
            #expect(abs(value - expected[index % 2]) < 1e-4)
        }
        #expect(try update.down.value.gradient() != nil)
        #expect(try layers.linear.weight.value.gradient() == nil)
    }

    /// A rank beyond that of the weight would only take room.
    @Test func theRankIsAtMostTheWeights() throws {
        let update = LowRankUpdate(of: try layers().convolution.weight, rank: 8)
        #expect(update.up.shape == [3, 3] && update.down.shape == [3, 36])
    }
}
