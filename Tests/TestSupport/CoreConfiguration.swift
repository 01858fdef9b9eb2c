import Foundation
package import Schedulers

package import VideoModels

/// The `config.json` of a core fixtures folder, as the configurations of our networks.
package struct CoreConfiguration {
    /// How the reference was sampled.
    package struct Sampling: Decodable {
        package let steps, nChunks: Int
        package let eta, guidanceScale: Double
    }

    /// The folder's own field names.
    private struct Sizes: Decodable {
        struct Text: Decodable {
            let layers, heads, mlp, hidden, vocab, maxLen: Int
            let hiddenAct: CLIPTextConfiguration.Activation
            let layerNormEps: Double
        }

        struct Autoencoder: Decodable {
            let channels: [Int]
            let groups, layers: Int
        }

        struct FixedGroups: Decodable {
            let tempConv, transformerIn, merger: Int
        }

        let blockOutChannels: [Int]
        let attentionHeadDim, crossAttentionDim, normNumGroups, layersPerBlock: Int
        let numFrames, numCondFrames, imageTokens, textTokens: Int
        let condEncoderChannels: [Int]
        let mergerHeadDim, resamplerInnerDim, transformerInHeads: Int
        let fixedGroups: FixedGroups
        let normEps, vaeScalingFactor: Double
        let text: Text
        let vae: Autoencoder
    }

    /// Parts whose field names are those of the published files.
    private struct PublishedParts: Decodable {
        let clip: CLIPImageConfiguration
        let scheduler: SchedulerConfiguration
    }

    enum Failure: Error {
        case differentGroups(temporalConvolution: Int, transformerIn: Int)
    }

    package let unet: UNet3DConfiguration
    package let streaming: StreamingConfiguration
    package let imageEncoder: CLIPImageConfiguration
    package let textEncoder: CLIPTextConfiguration
    package let autoencoder: AutoencoderConfiguration
    package let scheduler: SchedulerConfiguration
    package let sampling: Sampling

    package var guidanceScale: Double { sampling.guidanceScale }

    package init() throws {
        let json = try FixtureFolder.core.data("config.json")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let sizes = try decoder.decode(Sizes.self, from: json)
        let parts = try JSONDecoder().decode(PublishedParts.self, from: json)
        unet = try Self.unet(sizes)
        streaming = try Self.streaming(sizes, embeddingDimension: parts.clip.outputDimension)
        imageEncoder = parts.clip
        textEncoder = try Self.textEncoder(sizes.text)
        autoencoder = try Self.autoencoder(sizes)
        scheduler = parts.scheduler
        sampling = try decoder.decode(Sampling.self, from: json)
        try imageEncoder.validate()
    }

    private static func unet(_ sizes: Sizes) throws -> UNet3DConfiguration {
        let groups = sizes.fixedGroups
        guard groups.tempConv == groups.transformerIn else {
            throw Failure.differentGroups(
                temporalConvolution: groups.tempConv, transformerIn: groups.transformerIn)
        }
        let last = sizes.blockOutChannels.count - 1
        var unet = UNet3DConfiguration()
        unet.blockOutChannels = sizes.blockOutChannels
        unet.downBlockTypes = (0...last).map { $0 == last ? .down : .crossAttentionDown }
        unet.upBlockTypes = (0...last).map { $0 == 0 ? .up : .crossAttentionUp }
        unet.layersPerBlock = sizes.layersPerBlock
        unet.crossAttentionDimension = sizes.crossAttentionDim
        unet.attentionHeadDimension = sizes.attentionHeadDim
        unet.normGroups = sizes.normNumGroups
        unet.normEpsilon = sizes.normEps
        unet.transformerInHeads = sizes.transformerInHeads
        unet.temporalNormGroups = groups.tempConv
        try unet.validate()
        return unet
    }

    private static func streaming(
        _ sizes: Sizes, embeddingDimension: Int
    ) throws -> StreamingConfiguration {
        var streaming = StreamingConfiguration()
        streaming.frames = sizes.numFrames
        streaming.conditionalFrames = sizes.numCondFrames
        streaming.frameEncoderChannels = sizes.condEncoderChannels
        streaming.mergerHeadDimension = sizes.mergerHeadDim
        streaming.mergerNormGroups = sizes.fixedGroups.merger
        streaming.imageTokens = sizes.imageTokens
        streaming.textTokens = sizes.textTokens
        streaming.projectorDimension = sizes.resamplerInnerDim
        streaming.imageEmbeddingDimension = embeddingDimension
        try streaming.validate()
        return streaming
    }

    private static func textEncoder(_ sizes: Sizes.Text) throws -> CLIPTextConfiguration {
        var text = CLIPTextConfiguration()
        text.hiddenSize = sizes.hidden
        text.layers = sizes.layers
        text.heads = sizes.heads
        text.intermediateSize = sizes.mlp
        text.vocabularySize = sizes.vocab
        text.contextLength = sizes.maxLen
        text.activation = sizes.hiddenAct
        text.layerNormEpsilon = sizes.layerNormEps
        try text.validate()
        return text
    }

    private static func autoencoder(_ sizes: Sizes) throws -> AutoencoderConfiguration {
        var autoencoder = AutoencoderConfiguration()
        autoencoder.blockOutChannels = sizes.vae.channels
        autoencoder.layersPerBlock = sizes.vae.layers
        autoencoder.normGroups = sizes.vae.groups
        autoencoder.scalingFactor = sizes.vaeScalingFactor
        try autoencoder.validate()
        return autoencoder
    }
}
