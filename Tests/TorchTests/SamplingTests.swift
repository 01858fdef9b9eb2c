import Testing
import Torch

@Suite struct SamplingTests {
    @Test func gridSamplingIsBilinearWithZerosOutside() throws {
        let image = try Tensor([0.0, 10, 20, 30, 40, 50], shape: [1, 1, 2, 3])
        let grid = try Tensor(
            [-1.0, -1, 1, 1, 0, 0, 0.5, -1, 2, -1], shape: [1, 1, 5, 2])
        let expected: [Double] = [0, 50, 25, 15, 0]
        #expect(try image.gridSampled(grid).values(as: Double.self) == expected)
    }

    @Test func averagesOfSquares() throws {
        let image = try Tensor((0..<10).map(Double.init), shape: [1, 1, 2, 5])
        #expect(try image.averagePooled(2).values(as: Double.self) == [3, 5])
    }

    @Test func neighbourhoodsAreRowByRow() throws {
        let image = try Tensor([1.0, 2, 3, 4], shape: [1, 1, 2, 2])
        let result = try image.neighbourhoods(3)
        #expect(result.shape == [1, 9, 4])
        // The last pixel, 4: its left neighbour is 3, those above are 1 and 2.
        #expect(
            try result.selected(2, 3).values(as: Double.self) == [1, 2, 0, 3, 4, 0, 0, 0, 0])
    }

    @Test func bilinearResizeHasHalfPixelCentres() throws {
        let row = try Tensor([0.0, 8], shape: [1, 1, 1, 2])
        #expect(
            try row.bilinearResized(height: 1, width: 4).values(as: Double.self) == [0, 2, 6, 8])
    }

    @Test func halvesAreRoundedToEven() throws {
        let values = try Tensor([0.5, 1.5, 2.5, -0.5, 2.6], shape: [5])
        #expect(try values.roundedToEven().values(as: Double.self) == [0, 2, 2, 0, 3])
    }

    @Test func activationsAndInstanceNorm() throws {
        let values = try Tensor([-2.0, 0, 2], shape: [3])
        #expect(try values.relu().values(as: Double.self) == [0, 0, 2])
        let gates = try values.sigmoid().values(as: Double.self)
        #expect(gates[1] == 0.5 && abs(gates[0] + gates[2] - 1) < 1e-12)
        #expect(abs(gates[2] - 0.8807970779778823) < 1e-12)
        #expect(abs(try values.hyperbolicTangent().values(as: Double.self)[2] - 0.964027580) < 1e-8)
        // Two channels of one image: each by its own mean and variance.
        let image = try Tensor([1.0, 3, 10, 30], shape: [1, 2, 1, 2])
        let normal = try image.instanceNormalized(epsilon: 0).values(as: Double.self)
        #expect(zip(normal, [-1, 1, -1, 1]).allSatisfy { abs($0 - $1) < 1e-12 })
    }
}
