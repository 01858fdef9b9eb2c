import Testing
import Torch
import TorchNN

@Suite struct ExponentialMovingAverageTests {
    private struct Stop: Error {}

    private func parameter(_ value: Double) throws -> Parameter {
        let parameter = Parameter([2], .constant(value))
        try parameter.initialize(seed: 0, path: "weight")
        return parameter
    }

    @Test func followsWithWarmUpThenDecay() throws {
        let parameter = try parameter(4)
        let average = try ExponentialMovingAverage([("weight", parameter)], decay: 0.9)
        var expected = 4.0
        for (step, value) in [(0, 8.0), (1, -2.0), (50, 3.0), (1000, 5.0), (1001, 5.0)] {
            try parameter.assign(Tensor.full([2], value: value))
            try average.update(step: step)
            let kept = min(0.9, Double(1 + step) / Double(10 + step))
            expected = kept * expected + (1 - kept) * value
            let actual = try #require(average.state().first).tensor.values(as: Double.self)
            for number in actual { #expect(abs(number - expected) < 1e-6) }
        }
        #expect(average.state().map(\.name) == ["weight"])
    }

    @Test func appliesAndPutsBack() throws {
        let parameter = try parameter(1)
        try parameter.setTrainable(true)
        let memory = try parameter.value
        let average = try ExponentialMovingAverage([("weight", parameter)], decay: 0.5)
        try parameter.assign(Tensor.full([2], value: 3))
        let seen = try average.whileApplied { try parameter.value.values(as: Double.self) }
        #expect(seen == [1, 1])
        #expect(try parameter.value.values() == [3.0, 3.0])
        #expect(throws: Stop.self) {
            try average.whileApplied {
                #expect(try parameter.value.values() == [1.0, 1.0])
                throw Stop()
            }
        }
        #expect(try parameter.value.values() == [3.0, 3.0])
        #expect(try parameter.value.sharesMemory(with: memory))
        #expect(parameter.isTrainable)
        #expect(try average.state()[0].tensor.values() == [1.0, 1.0])
    }

    @Test func restores() throws {
        let parameter = try parameter(1)
        let average = try ExponentialMovingAverage([("weight", parameter)], decay: 0.5)
        try average.state()[0].tensor.assign(Tensor.full([2], value: 7))
        #expect(try average.state()[0].tensor.values() == [7.0, 7.0])
        #expect(try parameter.value.values() == [1.0, 1.0])
    }
}
