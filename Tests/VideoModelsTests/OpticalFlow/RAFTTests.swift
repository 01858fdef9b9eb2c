import Checkpoints
import TestSupport
import Testing
import Torch
import TorchNN

@testable import VideoModels

@Suite struct RAFTTests {
    /// Names and shapes in the state dict of torchvision's `raft_large`.
    private static var stateDict: [String: [Int]] {
        var keys: [String: [Int]] = [:]
        func convolution(_ name: String, _ shape: [Int]) {
            keys["\(name).weight"] = shape
            keys["\(name).bias"] = [shape[0]]
        }
        func normalized(_ name: String, _ shape: [Int], hasNorm: Bool) {
            convolution("\(name).0", shape)
            guard hasNorm else { return }
            for part in ["weight", "bias", "running_mean", "running_var"] {
                keys["\(name).1.\(part)"] = [shape[0]]
            }
        }
        for (encoder, hasNorm) in [("feature_encoder", false), ("context_encoder", true)] {
            normalized("\(encoder).convnormrelu", [64, 3, 7, 7], hasNorm: hasNorm)
            var inputs = 64
            for (level, outputs) in [64, 96, 128].enumerated() {
                for block in 0...1 {
                    let name = "\(encoder).layer\(level + 1).\(block)"
                    normalized(
                        "\(name).convnormrelu1", [outputs, inputs, 3, 3], hasNorm: hasNorm)
                    normalized(
                        "\(name).convnormrelu2", [outputs, outputs, 3, 3], hasNorm: hasNorm)
                    if level > 0, block == 0 {
                        normalized(
                            "\(name).downsample", [outputs, inputs, 1, 1], hasNorm: hasNorm)
                    }
                    inputs = outputs
                }
            }
            convolution("\(encoder).conv", [256, 128, 1, 1])
        }
        let motion = "update_block.motion_encoder"
        convolution("\(motion).convcorr1.0", [256, 324, 1, 1])
        convolution("\(motion).convcorr2.0", [192, 256, 3, 3])
        convolution("\(motion).convflow1.0", [128, 2, 7, 7])
        convolution("\(motion).convflow2.0", [64, 128, 3, 3])
        convolution("\(motion).conv.0", [126, 256, 3, 3])
        for gate in ["convz", "convr", "convq"] {
            convolution("update_block.recurrent_block.convgru1.\(gate)", [128, 384, 1, 5])
            convolution("update_block.recurrent_block.convgru2.\(gate)", [128, 384, 5, 1])
        }
        convolution("update_block.flow_head.conv1", [256, 128, 3, 3])
        convolution("update_block.flow_head.conv2", [2, 256, 3, 3])
        convolution("mask_predictor.convrelu.0", [256, 128, 3, 3])
        convolution("mask_predictor.conv", [576, 256, 1, 1])
        return keys
    }

    @Test func parametersAreTheStateDict() {
        let network = RAFT()
        var found: [String: [Int]] = [:]
        for (path, parameter) in network.parameters() {
            found[CheckpointKeyMap.raftLarge.checkpointKey(for: path)] = parameter.shape
        }
        #expect(found == Self.stateDict)
        #expect(network.parameters().count == found.count)
        let statistics = found.filter { $0.key.contains("running_") }
            .reduce(0) { $0 + $1.value.reduce(1, *) }
        #expect(network.parameterCount - statistics == 5_257_536)  // as torchvision states it
    }

    @Test func batchCountersMayRemain() {
        let map = CheckpointKeyMap.raftLarge
        #expect(map.mayRemain("context_encoder.convnormrelu.1.num_batches_tracked"))
        #expect(map.mayRemain("context_encoder.layer3.1.convnormrelu2.1.num_batches_tracked"))
        #expect(map.mayRemain("context_encoder.layer2.0.downsample.1.num_batches_tracked"))
        #expect(!map.mayRemain("context_encoder.layer2.0.downsample.1.running_var"))
        #expect(!map.mayRemain("feature_encoder.layer4.0.convnormrelu1.0.weight"))
    }

    @Test(arguments: [[1, 3, 128, 132], [1, 3, 120, 128], [1, 1, 128, 128], [3, 128, 128]])
    func unusableShapesAreErrors(shape: [Int]) throws {
        let network = RAFT()
        let image = try Tensor.zeros(shape)
        #expect(throws: TensorError.self) { try network(image, image) }
        let good = try Tensor.zeros([1, 3, 128, 128])
        #expect(throws: TensorError.self) { try network(good, image) }
    }

    @Test func batchesAreIndependent() throws {
        let network = RAFT()
        try ToyNetworks.fill(network)
        for (path, parameter) in network.parameters() where path.hasSuffix("runningVariance") {
            try parameter.load(parameter.value.absolute() + 0.5)
        }
        let first = try ToyNetworks.random([2, 3, 128, 136], 1).clamped(to: -1...1)
        let second = try ToyNetworks.random([2, 3, 128, 136], 2).clamped(to: -1...1)
        let both = try withInferenceMode { try network(first, second, updates: 2) }
        #expect(both.shape == [2, 2, 128, 136])
        let alone = try withInferenceMode {
            try network(first.slice(0, 1..<2), second.slice(0, 1..<2), updates: 2)
        }
        try Comparison(both.slice(0, 1..<2), to: alone)
            .expect(within: .opticalFlow, "second image of the batch")
        let others = try both.slice(0, 0..<1) - alone
        #expect(try others.absolute().maximum().item() > 1e-3)
    }

    /// Each level's centre against the mean product that it stands for.
    @Test func correlationsAreScaledProducts() throws {
        let first = try ToyNetworks.random([1, 4, 16, 24], 3)
        let second = try ToyNetworks.random([1, 4, 16, 24], 4)
        let pyramid = try CorrelationPyramid(first, second)
        // Every position looks at (10, 6), its neighbour in x at (11, 6).
        let target = try Tensor([Float(10), 6], shape: [1, 2, 1, 1]).expanded(1, 2, 16, 24)
        let found = try pyramid.around(target)
        #expect(found.shape == [1, 324, 16, 24])
        func product(_ x: Int, _ y: Int, _ otherX: Int, _ otherY: Int) throws -> Double {
            let one = try first.selected(3, x).selected(2, y)
            let other = try second.selected(3, otherX).selected(2, otherY)
            return try (one * other).sum().item() / 2  // √4 channels
        }
        func entry(_ channel: Int) throws -> Double {
            try found.selected(1, channel).selected(2, 20).selected(1, 3).item()
        }
        #expect(abs(try entry(4 * 9 + 4) - product(20, 3, 10, 6)) < 1e-5)
        #expect(abs(try entry(5 * 9 + 4) - product(20, 3, 11, 6)) < 1e-5)
        #expect(abs(try entry(4 * 9 + 3) - product(20, 3, 10, 5)) < 1e-5)
        // The second level's centre is position (5, 3), the mean of four.
        var mean = 0.0
        for x in 10...11 { for y in 6...7 { mean += try product(20, 3, x, y) / 4 } }
        #expect(abs(try entry(81 + 4 * 9 + 4) - mean) < 1e-5)
    }

    /// Weights of a softmax sum to one: a constant flow stays constant where no border is near.
    @Test func upsamplingKeepsAConstantFlow() throws {
        let upsampling = ConvexUpsampling(inputs: 128)
        try ToyNetworks.fill(upsampling)
        let state = try ToyNetworks.random([1, 128, 4, 5], 5)
        let flow = try Tensor([Float(1.5), -2], shape: [1, 2, 1, 1]).expanded(1, 2, 4, 5)
        let large = try upsampling(flow, state: state)
        #expect(large.shape == [1, 2, 32, 40])
        let inner = try large.slice(2, 8..<24).slice(3, 8..<32)
        let expected = try Tensor([Float(12), -16], shape: [1, 2, 1, 1]).expanded(1, 2, 16, 24)
        #expect(try (inner - expected).absolute().maximum().item() < 1e-4)
        #expect(try large.slice(2, 0..<8).slice(1, 0..<1).maximum().item() <= 12.001)
    }
}
