import Checkpoints
import Foundation
import Schedulers
import TestSupport
import Testing
import Torch
import TorchNN

@testable import VideoModels

/// One training step of the streaming networks against `train_step.safetensors` and `train_step_grad_norms.json`.
@Suite struct TrainStepParityTests {
    private struct GradientNorms: Decodable {
        let gradL2: [String: Double]
        let trainableWithoutGrad: [String]
    }

    private let file: FixtureFile
    private let networks: CoreNetworks
    private let norms: GradientNorms

    init() throws {
        file = try FixtureFile("train_step")
        networks = try CoreNetworks()
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        norms = try decoder.decode(
            GradientNorms.self, from: FixtureFolder.core.data("train_step_grad_norms.json"))
    }

    @Test func lossAndGradientsMatchReference() throws {
        let unet = try networks.streamingUNet()
        let extractor = try networks.extractor()
        let projector = try networks.projector()
        let trainable = try Self.trainable(unet, extractor, projector)
        let listed = Set(norms.gradL2.keys).union(norms.trainableWithoutGrad)
        #expect(
            Set(trainable.keys).symmetricDifference(listed).sorted() == [],
            "the trainable set is another")

        let loss = try loss(unet, extractor, projector)
        try file.expect(loss.reshaped(1), equals: "loss", within: .trainingLoss)
        try loss.backward()
        for key in norms.gradL2.keys.sorted() {
            try check(key, #require(trainable[key], "\(key) is not trainable"))
        }
        for key in norms.trainableWithoutGrad {
            #expect(try trainable[key]?.value.gradient() == nil)
        }
        file.expectAllUsed()
    }

    /// ε-MSE of all frames.
    private func loss(
        _ unet: UNet3D, _ extractor: ConditioningExtractor, _ projector: AnchorTokenProjector
    ) throws -> Tensor {
        let (clean, noise) = (try file.tensor("x0"), try file.tensor("noise"))
        let noisy = try NoiseSchedule(networks.configuration.scheduler).addNoise(
            clean, noise: noise, timesteps: file.integers("t"))
        try file.expect(noisy, equals: "noisy", within: .schedulers)

        let sample = try file.tensor("noisy")
        let timestep = try file.tensor("t")
        let imageEncoder = try networks.imageEncoder()
        let embedding = try imageEncoder(imageEncoder.preprocess(file.tensor("anchor")))
        let text = try file.tensor("text")
        let tokens = try Tensor.concatenated([text, projector(embedding)], axis: 1)
        let encoded = try extractor.frameEncoder(file.tensor("cond_frames").videosAsBatch())
        let features = try extractor(
            sample, timestep: timestep, context: extractor.context(tokens), encodedFrames: encoded)
        let prediction = try unet(
            sample, timestep: timestep, context: AttentionContext(tokens), features: features)
        return try (prediction - noise).squared().mean()
    }

    /// Thaws what the release trains and returns it by its published name.
    ///
    /// That is the token projector, the whole extractor, and the UNet but for its temporal layers.
    private static func trainable(
        _ unet: UNet3D, _ extractor: ConditioningExtractor, _ projector: AnchorTokenProjector
    ) throws -> [String: Parameter] {
        let temporal: Set<Substring> = ["transformerIn", "tempAttentions", "tempConvs"]
        var trainable: [String: Parameter] = [:]
        for (path, parameter) in projector.parameters() {
            trainable[CheckpointKeyMap.anchorTokenProjector.checkpointKey(for: path)] = parameter
        }
        for (path, parameter) in extractor.parameters() {
            trainable[CheckpointKeyMap.conditioningExtractor.checkpointKey(for: path)] = parameter
        }
        for (path, parameter) in unet.parameters()
        where temporal.isDisjoint(with: path.split(separator: ".")) {
            trainable[CheckpointKeyMap.streamingUNet.checkpointKey(for: path)] = parameter
        }
        for parameter in trainable.values { try parameter.setTrainable(true) }
        return trainable
    }

    /// Compares the norm of one gradient, and its elements where the file has them.
    private func check(_ key: String, _ parameter: Parameter) throws {
        let expected = try #require(norms.gradL2[key])
        let name = "grad.\(key)"
        let gradient = try #require(try parameter.value.gradient(), "\(key) has no gradient")
        guard expected >= Tolerance.vanishingGradientNorm else {
            if file.contains(name) { _ = try file.tensor(name) }
            return
        }
        try Comparison(gradient.norm().reshaped(1), to: Tensor([Float(expected)], shape: [1]))
            .expect(within: .gradientNorms, "train_step_grad_norms: \(key)")
        if file.contains(name) {
            try file.expect(gradient, equals: name, within: .gradients)
        }
    }
}
