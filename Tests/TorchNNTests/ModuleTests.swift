import Testing
import Torch
import TorchNN

private final class Tree: Module {
    let first = Linear(2, 3)
    let blocks: [[SmallNetwork]]
    let absent: Linear? = nil
    let present: Linear?
    let gaps: [Linear?]
    let scale = Parameter([], .constant(0.25))
    let count = 3
    let last = LayerNorm(3)

    init() {
        blocks = [[SmallNetwork()], [SmallNetwork(), SmallNetwork()]]
        present = Linear(3, 3, bias: false)
        gaps = [nil, Linear(1, 1, bias: false)]
    }
}

private final class Forward: Module {
    let alpha = Linear(4, 3)
    let beta = Parameter([5], .normal(0.5))
    let gamma = LayerNorm(3)
}

private final class Backward: Module {
    let gamma = LayerNorm(3)
    let beta = Parameter([5], .normal(0.5))
    let alpha = Linear(4, 3)
}

@Suite struct ModuleTests {
    @Test func pathsFollowThePropertiesInOrder() {
        let small = [
            "convolution.weight", "convolution.bias", "norm.weight", "norm.bias", "linear.weight",
            "linear.bias",
        ]
        let expected =
            ["first.weight", "first.bias"]
            + ["blocks.0.0", "blocks.1.0", "blocks.1.1"].flatMap { path in
                small.map { "\(path).\($0)" }
            } + ["present.weight", "gaps.1.weight", "scale", "last.weight", "last.bias"]
        #expect(Tree().parameters().map(\.path) == expected)
    }

    @Test func countsWeights() {
        #expect(SmallNetwork().parameterCount == 8 * 3 * 9 + 8 + 16 + 8 * 4 + 4)
    }

    @Test func modulesAreListedOnce() {
        let modules = Tree().modules()
        let distinct = Set(modules.map { ObjectIdentifier($0) })
        #expect(modules.count == distinct.count)
        #expect(modules.count == 1 + 1 + 3 * 4 + 1 + 1 + 1)
        #expect(modules.filter { $0 is Linear }.count == 1 + 3 + 1 + 1)
    }

    @Test func initialValuesDependOnSeedAndPathOnly() throws {
        func values(_ module: some Module, seed: UInt64) throws -> [String: [UInt8]] {
            try module.initialize(seed: seed)
            return try Dictionary(
                uniqueKeysWithValues: module.parameters().map {
                    ($0.path, try $0.parameter.value.bytes())
                })
        }
        let forward = try values(Forward(), seed: 7)
        #expect(try values(Backward(), seed: 7) == forward)
        let other = try values(Forward(), seed: 8)
        for path in ["alpha.weight", "alpha.bias", "beta"] { #expect(other[path] != forward[path]) }
        #expect(other["gamma.weight"] == forward["gamma.weight"])
    }

    @Test func initializersHaveTheirDistributions() throws {
        func drawn(_ initializer: Parameter.Initializer) throws -> [Double] {
            let parameter = Parameter([20_000], initializer)
            try parameter.initialize(seed: 1, path: "weight")
            return try parameter.value.values()
        }
        #expect(try drawn(.zeros).allSatisfy { $0 == 0 })
        #expect(try drawn(.ones).allSatisfy { $0 == 1 })
        #expect(try drawn(.constant(-0.5)).allSatisfy { $0 == -0.5 })
        let uniform = try drawn(.uniform(fanIn: 16))
        #expect(uniform.allSatisfy { abs($0) <= 0.25 })
        #expect(try #require(uniform.max()) > 0.249 && #require(uniform.min()) < -0.249)
        let normal = try drawn(.normal(0.02))
        let deviation = (normal.reduce(0) { $0 + $1 * $1 } / 20_000).squareRoot()
        #expect(abs(deviation - 0.02) < 0.0005)
        // Different paths draw different numbers from the same seed.
        let other = Parameter([20_000], .normal(0.02))
        try other.initialize(seed: 1, path: "bias")
        #expect(try other.value.values(as: Double.self) != normal)
    }

    @Test func loadedValuesAreLeaves() throws {
        let source = try Tensor([1, 2] as [Float], shape: [2])
        try source.setRequiresGradient(true)
        let parameter = Parameter([2], .zeros)
        try parameter.load(source * 2)
        #expect(!parameter.isTrainable)
        try parameter.setTrainable(true)
        try parameter.value.squared().sum().backward()
        #expect(try parameter.value.gradient()?.values() == [4, 8] as [Float])
        #expect(try source.gradient() == nil)
    }

    @Test func freezingStopsAndFreesGradients() throws {
        let network = SmallNetwork()
        try network.initialize(seed: 1)
        let images = try RandomGenerator(seed: 2).normal([1, 3, 4, 4], .data)
        #expect(try !network(images).requiresGradient)
        try network.setTrainable(true)
        try network(images).sum().backward()
        for (path, parameter) in network.parameters() {
            #expect(parameter.isTrainable)
            #expect(try parameter.value.gradient() != nil, "\(path)")
        }
        try network.convolution.setTrainable(false)
        #expect(try network.convolution.weight.value.gradient() == nil)
        try network.norm.weight.value.setGradient(nil)
        try network(images).sum().backward()
        #expect(try network.convolution.weight.value.gradient() == nil)
        #expect(try network.norm.weight.value.gradient() != nil)
        try network.setTrainable(false)
        #expect(try !network(images).requiresGradient)
    }
}
