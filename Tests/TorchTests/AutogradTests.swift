import TestSupport
import Testing
import Torch

@Suite struct AutogradTests {
    @Test func arithmetic() throws {
        let a = try sample([2, 3], seed: 1)
        let b = try sample([3], seed: 2)
        try expectGradients([a, b]) { try (a * b + a / (b.squared() + 1) - b).squared() }
    }

    @Test func matrixProductAndSoftmax() throws {
        let a = try sample([2, 3], seed: 3)
        let b = try sample([3, 4], seed: 4)
        try expectGradients([a, b]) { try a.multiplied(by: b).softmax(-1) }
    }

    @Test func activations() throws {
        let x = try sample([7], seed: 5)
        try expectGradients([x]) {
            try Tensor.concatenated(
                [x.silu(), x.gelu(), x.quickGELU(), x.exponential(), x.cosine(), x.sine()], axis: 0)
        }
    }

    @Test func shapes() throws {
        let x = try sample([2, 8, 2, 2], seed: 6)
        try expectGradients([x]) {
            let part = try x.slice(1, 2..<6).permuted(0, 2, 3, 1).reshaped(8, 4).flipped(0)
            let spread = try x.depthToSpace(2).padded([1, 0, 0, 1]).reshaped(2, -1)
            return try Tensor.concatenated(
                [part.reshaped(-1), spread.reshaped(-1), x.repeatedEach(2, axis: 1).reshaped(-1)],
                axis: 0)
        }
    }

    @Test func convolutionAndResize() throws {
        let x = try sample([1, 2, 4, 4], seed: 7)
        let weight = try sample([3, 2, 3, 3], seed: 8)
        let bias = try sample([3], seed: 9)
        try expectGradients([x, weight, bias]) {
            try x.convolved2D(weight, bias, stride: 2, padding: (1, 1))
                .nearestResized(height: 4, width: 4)
        }
    }

    @Test func attentionOfQueryKeyAndValue() throws {
        let query = try sample([1, 2, 3, 4], seed: 10)
        let key = try sample([1, 2, 5, 4], seed: 11)
        let value = try sample([1, 2, 5, 4], seed: 12)
        try expectGradients([query, key, value]) { try query.attention(key: key, value: value) }
    }

    @Test func gradientsAddUpAndDetachCutsThem() throws {
        let x = try Tensor([1.0, -2.0], shape: [2])
        try x.setRequiresGradient(true)
        for _ in 0..<2 { try (x.squared().sum() + x.detached().squared().sum()).backward() }
        #expect(try x.gradient()?.values() == [4.0, -8.0])
        try x.setGradient(Tensor([0.5, 0.5], shape: [2]))
        try x.squared().sum().backward()
        #expect(try x.gradient()?.values() == [2.5, -3.5])
    }

    @Test func gradientsTakeTheLayoutOfTheirTensor() throws {
        let x = try Tensor.zeros([2, 3])
        let numbers = try Tensor((1...6).map(Float.init), shape: [3, 2]).transposed(0, 1)
        try x.setGradient(numbers)
        let gradient = try #require(try x.gradient())
        #expect(gradient.isContiguous)
        #expect(try gradient.values() == [1, 3, 5, 2, 4, 6] as [Float])
    }

    @Test func backwardNeedsARecordedScalar() throws {
        let x = try Tensor([1.0, 2.0], shape: [2])
        let constant = try #require(throws: TensorError.self) { try x.sum().backward() }
        #expect("\(constant)".contains("does not require grad"))
        try x.setRequiresGradient(true)
        let vector = try #require(throws: TensorError.self) { try (x * 2).backward() }
        #expect("\(vector)".contains("backward failed on shapes [2]"))
        #expect("\(vector)".contains("scalar"))
    }
}
