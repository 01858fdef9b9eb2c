import Foundation
import Schedulers
import VideoModels

/// The `config.json` of a core fixtures folder, as the configurations of our networks.
struct CoreConfiguration {
    struct Sampling: Decodable {
        let steps, nChunks: Int
        let eta, guidanceScale: Double
    }

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

        struct Groups: Decodable {
            let tempConv, merger: Int
        }

        let blockOutChannels: [Int]
        let attentionHeadDim, crossAttentionDim, normNumGroups, layersPerBlock: Int
        let numFrames, numCondFrames, imageTokens, textTokens: Int
        let condEncoderChannels: [Int]
        let mergerHeadDim, resamplerInnerDim, transformerInHeads: Int
        let fixedGroups: Groups
        let normEps, vaeScalingFactor: Double
        let text: Text
        let vae: Autoencoder
    }

    /// Parts whose field names are those of the published files.
    private struct Published: Decodable {
        let clip: CLIPImageConfiguration
        let scheduler: SchedulerConfiguration
    }

    var unet = UNet3DConfiguration()
    var streaming = StreamingConfiguration()
    var text = CLIPTextConfiguration()
    var autoencoder = AutoencoderConfiguration()
    let image: CLIPImageConfiguration
    let scheduler: SchedulerConfiguration
    let sampling: Sampling

    init() throws {
        let json = try Data(contentsOf: CoreFixtures.url("config.json"))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let sizes = try decoder.decode(Sizes.self, from: json)
        sampling = try decoder.decode(Sampling.self, from: json)
        let published = try JSONDecoder().decode(Published.self, from: json)
        (image, scheduler) = (published.clip, published.scheduler)
        set(sizes)
        try unet.validate()
        try streaming.validate()
        try text.validate()
        try autoencoder.validate()
        try image.validate()
    }

    private mutating func set(_ sizes: Sizes) {
        let levels = sizes.blockOutChannels.count
        unet.blockOutChannels = sizes.blockOutChannels
        unet.downBlockTypes = Array(repeating: .crossAttentionDown, count: levels - 1) + [.down]
        unet.upBlockTypes = [.up] + Array(repeating: .crossAttentionUp, count: levels - 1)
        unet.layersPerBlock = sizes.layersPerBlock
        unet.crossAttentionDimension = sizes.crossAttentionDim
        unet.attentionHeadDimension = sizes.attentionHeadDim
        unet.normGroups = sizes.normNumGroups
        unet.normEpsilon = sizes.normEps
        unet.transformerInHeads = sizes.transformerInHeads
        unet.temporalNormGroups = sizes.fixedGroups.tempConv
        streaming.frames = sizes.numFrames
        streaming.conditionalFrames = sizes.numCondFrames
        streaming.frameEncoderChannels = sizes.condEncoderChannels
        streaming.mergerHeadDimension = sizes.mergerHeadDim
        streaming.mergerNormGroups = sizes.fixedGroups.merger
        streaming.imageTokens = sizes.imageTokens
        streaming.textTokens = sizes.textTokens
        streaming.projectorDimension = sizes.resamplerInnerDim
        streaming.imageEmbeddingDimension = image.outputDimension
        text.hiddenSize = sizes.text.hidden
        text.layers = sizes.text.layers
        text.heads = sizes.text.heads
        text.intermediateSize = sizes.text.mlp
        text.vocabularySize = sizes.text.vocab
        text.contextLength = sizes.text.maxLen
        text.activation = sizes.text.hiddenAct
        text.layerNormEpsilon = sizes.text.layerNormEps
        autoencoder.blockOutChannels = sizes.vae.channels
        autoencoder.layersPerBlock = sizes.vae.layers
        autoencoder.normGroups = sizes.vae.groups
        autoencoder.scalingFactor = sizes.vaeScalingFactor
    }
}
