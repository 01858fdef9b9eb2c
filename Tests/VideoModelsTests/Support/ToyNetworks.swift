import Torch
import TorchNN

@testable import VideoModels

/// Small networks with random weights, for properties that need no reference.
enum ToyNetworks {
    static var unetConfiguration: UNet3DConfiguration {
        var configuration = UNet3DConfiguration()
        configuration.blockOutChannels = [16, 32]
        configuration.downBlockTypes = [.crossAttentionDown, .down]
        configuration.upBlockTypes = [.up, .crossAttentionUp]
        configuration.layersPerBlock = 1
        configuration.crossAttentionDimension = 12
        configuration.attentionHeadDimension = 8
        configuration.normGroups = 4
        configuration.transformerInHeads = 2
        configuration.temporalNormGroups = 8
        return configuration
    }

    static var streamingConfiguration: StreamingConfiguration {
        var configuration = StreamingConfiguration()
        configuration.frames = 4
        configuration.conditionalFrames = 2
        configuration.frameEncoderChannels = [4, 8, 8, 12]
        configuration.mergerHeadDimension = 8
        configuration.mergerNormGroups = 8
        configuration.imageTokens = 3
        configuration.textTokens = 5
        configuration.projectorDimension = 10
        configuration.imageEmbeddingDimension = 6
        return configuration
    }

    static func unet() throws(TensorError) -> UNet3D {
        let unet = UNet3D(unetConfiguration, streaming: streamingConfiguration)
        try fill(unet)
        return unet
    }

    static func extractor() throws(TensorError) -> ConditioningExtractor {
        let extractor = ConditioningExtractor(
            unetConfiguration, streaming: streamingConfiguration)
        try fill(extractor)
        return extractor
    }

    /// Random values for all parameters, also for those that start from zero and would hide their layer.
    static func fill(_ network: some Module) throws(TensorError) {
        for (index, entry) in network.parameters().enumerated() {
            let values = try random(entry.parameter.shape, 1000 + index)
            try entry.parameter.load(
                entry.path.hasSuffix("weight") && entry.path.lowercased().contains("norm")
                    ? values * 0.1 + 1 : values * 0.2)
        }
    }

    /// Standard normal numbers that depend on `index` only.
    static func random(_ shape: [Int], _ index: Int) throws(TensorError) -> Tensor {
        try RandomGenerator(seed: 7).normal(shape, .trainingNoise, step: index)
    }
}
