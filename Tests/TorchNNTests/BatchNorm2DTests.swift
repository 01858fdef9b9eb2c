import TestSupport
import Testing
import Torch
import TorchNN

@Suite struct BatchNorm2DTests {
    @Test func normalisesByItsStatistics() throws {
        let layer = BatchNorm2D(channels: 2, epsilon: 0.25)
        try layer.weight.load(Tensor([3.0, 5], shape: [2]))
        try layer.bias.load(Tensor([1.0, -1], shape: [2]))
        try layer.runningMean.load(Tensor([10.0, 20], shape: [2]))
        try layer.runningVariance.load(Tensor([3.75, 8.75], shape: [2]))  // + 0.25: 2², 3²
        let input = try Tensor([12.0, 8, 26, 20], shape: [1, 2, 1, 2])
        let expected = try Tensor([4.0, -2, 9, -1], shape: [1, 2, 1, 2])
        #expect(try relativeDifference(layer(input), expected) < 1e-14)
    }

    @Test func hasFourParameters() {
        let names = BatchNorm2D(channels: 2).parameters().map(\.path)
        #expect(names == ["weight", "bias", "runningMean", "runningVariance"])
    }

    @Test func kernelsMayBeLong() throws {
        let layer = Convolution2D(1, 1, kernelSize: (1, 3), padding: (0, 1), bias: false)
        #expect(layer.weight.shape == [1, 1, 1, 3])
        try layer.weight.load(Tensor([1.0, 10, 100], shape: [1, 1, 1, 3]))
        let input = try Tensor([1.0, 2, 3, 4, 5, 6], shape: [1, 1, 2, 3])
        let expected: [Double] = [210, 321, 32, 540, 654, 65]
        #expect(try layer(input).values(as: Double.self) == expected)
    }
}
