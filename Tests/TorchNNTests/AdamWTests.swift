import TestSupport
import Testing
import Torch
import TorchNN

/// AdamW of one number at a time, as in the paper.
private struct Reference {
    var value: Double
    var first = 0.0
    var second = 0.0

    mutating func step(_ gradient: Double, _ number: Int, rate: Double, _ c: AdamW.Configuration) {
        value -= rate * c.weightDecay * value
        first = c.beta1 * first + (1 - c.beta1) * gradient
        second = c.beta2 * second + (1 - c.beta2) * gradient * gradient
        var (decay1, decay2) = (1.0, 1.0)
        for _ in 0..<number { (decay1, decay2) = (decay1 * c.beta1, decay2 * c.beta2) }
        let unbiased = (second / (1 - decay2)).squareRoot()
        value -= rate * (first / (1 - decay1)) / (unbiased + c.epsilon)
    }
}

@Suite struct AdamWTests {
    private static let start = [0.5, -1.5, 2.0, 0.0, 3.0]
    private static let rates = [0.1, 0.05, 0.02]
    /// Norms 0.33, 27.6 (clipped) and 1.37 (clipped).
    private static let gradients = [
        [0.1, -0.2, 0.05, 0.2, -0.1], [10.0, -20.0, 5.0, 15.0, 3.0], [0.5, 0.5, -1.0, 0.25, 0.5],
    ]

    /// Two parameters, `[2]` and `[3, 1]`, that hold `start`.
    private func parameters(_ dtype: DType) throws -> [(path: String, parameter: Parameter)] {
        let (a, b) = (Parameter([2], .zeros), Parameter([3, 1], .zeros))
        try a.load(Tensor(Array(Self.start[..<2]), shape: [2]).converted(to: dtype))
        try b.load(Tensor(Array(Self.start[2...]), shape: [3, 1]).converted(to: dtype))
        return [("a", a), ("b", b)]
    }

    private func give(
        _ numbers: [Double], to parameters: [(path: String, parameter: Parameter)], _ dtype: DType
    ) throws {
        try parameters[0].parameter.value.setGradient(
            Tensor(Array(numbers[..<2]), shape: [2]).converted(to: dtype))
        try parameters[1].parameter.value.setGradient(
            Tensor(Array(numbers[2...]), shape: [3, 1]).converted(to: dtype))
    }

    @Test(arguments: [(DType.float64, 1e-12), (.float32, 1e-6)], [0.0, 0.01, 0.5])
    func threeStepsMatchThePaper(precision: (DType, Double), weightDecay: Double) throws {
        let (dtype, tolerance) = precision
        let parameters = try parameters(dtype)
        var configuration = AdamW.Configuration()
        configuration.weightDecay = weightDecay
        let optimizer = try AdamW(parameters, configuration: configuration)
        var references = Self.start.map { Reference(value: $0) }
        for (index, gradient) in Self.gradients.enumerated() {
            try give(gradient, to: parameters, dtype)
            let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let reported = try optimizer.step(learningRate: Self.rates[index])
            #expect(abs(reported - norm) < 1e-6 * norm)
            for place in references.indices {
                references[place].step(
                    gradient[place] * min(1, 1 / norm), index + 1, rate: Self.rates[index],
                    configuration)
            }
            let actual = try parameters.flatMap { try $0.parameter.value.values(as: Double.self) }
            for (actual, reference) in zip(actual, references) {
                #expect(abs(actual - reference.value) < tolerance * max(1, abs(reference.value)))
            }
            #expect(try parameters[0].parameter.value.gradient() == nil)
        }
    }

    /// Parameters of more than one piece, and of lengths that no vector ends with; LibTorch computes float64.
    @Test func largeParametersMatchLibTorch() throws {
        let random = RandomGenerator(seed: 3)
        func trained(_ dtype: DType) throws -> (values: [Tensor], norm: Double) {
            var parameters: [(path: String, parameter: Parameter)] = []
            for (index, shape) in [[16385], [123, 301], [7]].enumerated() {
                let parameter = Parameter(shape, .zeros)
                try parameter.load(
                    random.normal(shape, .data, chunk: index).converted(to: dtype))
                parameters.append(("\(index)", parameter))
            }
            let optimizer = try AdamW(parameters)
            var norm = 0.0
            for step in 1...3 {
                for (index, entry) in parameters.enumerated() {
                    try entry.parameter.value.setGradient(
                        random.normal(entry.parameter.shape, .data, chunk: index, step: step)
                            .converted(to: dtype))
                }
                norm = try optimizer.step(learningRate: 0.1)
            }
            return (try parameters.map { try $0.parameter.value }, norm)
        }
        let (actual, expected) = (try trained(.float32), try trained(.float64))
        #expect(abs(actual.norm - expected.norm) < 1e-6 * expected.norm)
        for (actual, expected) in zip(actual.values, expected.values) {
            #expect(try relativeDifference(actual, expected) < 1e-6)
        }
    }

    /// Training a convolution lays its weight out anew: an optimizer of before says so, one of behind trains it.
    @Test func layersAreUnfrozenBeforeTheirOptimizerIsMade() throws {
        let layer = Convolution2D(16, 16)
        try layer.initialize(seed: 1)
        let early = try AdamW(layer.parameters())
        try layer.setTrainable(true)
        let optimizer = try AdamW(layer.parameters())
        let images = try RandomGenerator(seed: 2).normal([1, 16, 4, 4], .data)
        try layer(images).squared().mean().backward()
        #expect(throws: TensorError.self) { try early.step(learningRate: 0.1) }
        // Frozen meanwhile, it still lies where the optimizer expects it.
        try layer.setTrainable(false)
        try layer.setTrainable(true)
        let before = try layer.weight.value.bytes()
        try layer(images).squared().mean().backward()
        try optimizer.step(learningRate: 0.1)
        #expect(try layer.weight.value.bytes() != before)
    }

    /// What was recorded before a step can no longer be gone through behind it.
    @Test func aStepEndsWhatWasRecorded() throws {
        let layer = Linear(16, 16)
        try layer.initialize(seed: 1)
        try layer.setTrainable(true)
        let optimizer = try AdamW(layer.parameters())
        let rows = try RandomGenerator(seed: 2).normal([4, 16], .data)
        let (loss, other) = (try layer(layer(rows)).sum(), try layer(layer(rows)).sum())
        try loss.backward()
        try optimizer.step(learningRate: 0.1)
        #expect(throws: TensorError.self) { try other.backward() }
    }

    @Test func parametersWithoutGradientStay() throws {
        let parameters = try parameters(.float32)
        let optimizer = try AdamW(parameters)
        #expect(try optimizer.step(learningRate: 0.1) == 0)
        try parameters[0].parameter.value.setGradient(Tensor([3, 4] as [Float], shape: [2]))
        #expect(try optimizer.step(learningRate: 0.1) == 5)
        #expect(try parameters[1].parameter.value.values() == Array(Self.start[2...]))
        #expect(try parameters[0].parameter.value.values() != Array(Self.start[..<2]))
        let steps = Dictionary(
            uniqueKeysWithValues: optimizer.state().map { ($0.name, $0.tensor) })
        #expect(try steps["step.a"]?.item() == 1)
        #expect(try steps["step.b"]?.item() == 0)
    }

    /// Gradients of a channels-last convolution may come in another memory order than the weight.
    @Test func memoryOrderDoesNotMatter() throws {
        func trained(channelsLast: Bool) throws -> Tensor {
            let layer = Convolution2D(4, 6)
            try layer.initialize(seed: 1)
            if channelsLast { try layer.weight.load(layer.weight.value.channelsLast()) }
            try layer.setTrainable(true)
            let optimizer = try AdamW(layer.parameters())
            let images = try RandomGenerator(seed: 2).normal([2, 4, 8, 8], .data)
            for _ in 0..<3 {
                try layer(channelsLast ? images.channelsLast() : images).squared().mean().backward()
                try optimizer.step(learningRate: 0.01)
            }
            return try layer.weight.value.detached()
        }
        let difference = try relativeDifference(
            trained(channelsLast: true), trained(channelsLast: false))
        #expect(difference < 1e-4)
    }

    @Test func aRestoredStateContinuesBitExactly() throws {
        let network = SmallNetwork()
        try network.initialize(seed: 1)
        try network.setTrainable(true)
        let images = try RandomGenerator(seed: 2).normal([2, 3, 8, 8], .data)
        func steps(_ count: Int, _ network: SmallNetwork, _ optimizer: AdamW) throws {
            for _ in 0..<count {
                try (network(images) - 1).squared().mean().backward()
                try optimizer.step(learningRate: 0.01)
            }
        }
        let optimizer = try AdamW(network.parameters())
        try steps(3, network, optimizer)
        var saved: [String: Tensor] = [:]
        for (name, tensor) in optimizer.state() { saved[name] = try tensor.copied() }
        let weights = try network.parameters().map { try $0.parameter.value.detached().copied() }
        #expect(saved.count == 18)

        let second = SmallNetwork()
        for (entry, weight) in zip(second.parameters(), weights) {
            try entry.parameter.load(weight.copied())
        }
        try second.setTrainable(true)
        let resumed = try AdamW(second.parameters())
        for (name, own) in resumed.state() { try own.assign(#require(saved[name])) }
        try steps(2, network, optimizer)
        try steps(2, second, resumed)
        for (first, second) in zip(network.parameters(), second.parameters()) {
            #expect(try first.parameter.value.bytes() == second.parameter.value.bytes())
        }
        // Without the state the numbers differ, so the test can fail.
        let fresh = SmallNetwork()
        for (entry, weight) in zip(fresh.parameters(), weights) {
            try entry.parameter.load(weight.copied())
        }
        try fresh.setTrainable(true)
        try steps(2, fresh, AdamW(fresh.parameters()))
        #expect(try fresh.linear.weight.value.bytes() != network.linear.weight.value.bytes())
    }
}
