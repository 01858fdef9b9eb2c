import VideoModels

/// Sizes of all networks of a model that is made up; the published ones if nothing is changed.
struct SynthesisSizes: Sendable {
    var unet = UNet3DConfiguration()
    var streaming = StreamingConfiguration()
    var autoencoder = AutoencoderConfiguration()
    var text = CLIPTextConfiguration()
    var image = CLIPImageConfiguration()
    var defaults = GenerationDefaults()

    /// Tokens of the made-up tokenizer: all bytes, at the end of a word and before, and some merges.
    static let vocabularySize = 560

    /// What the tokenizer's merges are learned from.
    static let sentences = [
        "a red ball rolls over the green meadow", "a blue car drives through the snow",
        "the yellow bird flies over the lake", "a green ball rolls through the snow",
        "the red car drives over the meadow", "a blue bird flies through the rain",
    ]

    /// The smallest networks that have every kind of layer; videos of 32×32 pixels.
    static var tiny: SynthesisSizes {
        var sizes = SynthesisSizes()
        sizes.unet.blockOutChannels = [32, 64]
        sizes.unet.downBlockTypes = [.crossAttentionDown, .down]
        sizes.unet.upBlockTypes = [.up, .crossAttentionUp]
        sizes.unet.layersPerBlock = 1
        sizes.unet.crossAttentionDimension = 24
        sizes.unet.attentionHeadDimension = 16
        sizes.unet.normGroups = 8
        sizes.unet.transformerInHeads = 2
        sizes.unet.temporalNormGroups = 8
        sizes.unet.sampleSize = 4
        sizes.streaming.frameEncoderChannels = [4, 8, 8, 12]
        sizes.streaming.mergerHeadDimension = 16
        sizes.streaming.mergerNormGroups = 8
        sizes.streaming.imageTokens = 3
        sizes.streaming.projectorDimension = 16
        sizes.streaming.imageEmbeddingDimension = 20
        sizes.autoencoder.blockOutChannels = [8, 8, 16, 16]
        sizes.autoencoder.layersPerBlock = 1
        sizes.autoencoder.normGroups = 4
        sizes.text.hiddenSize = 24
        sizes.text.layers = 1
        sizes.text.heads = 2
        sizes.text.intermediateSize = 32
        sizes.text.vocabularySize = vocabularySize
        sizes.image.imageSize = 28
        sizes.image.width = 16
        sizes.image.layers = 1
        sizes.image.heads = 2
        sizes.image.mlpRatio = 2
        sizes.image.outputDimension = 20
        sizes.defaults.sampling.height = 32
        sizes.defaults.sampling.width = 32
        sizes.defaults.sampling.firstSteps = 2
        sizes.defaults.sampling.steps = 2
        return sizes
    }

    /// The configuration of a streaming checkpoint with all that it carries.
    struct StreamingCheckpointConfiguration: Encodable {
        let sizes: SynthesisSizes

        private enum CodingKeys: String, CodingKey {
            case vae
            case textEncoder = "text_encoder"
            case imageEncoder = "image_encoder"
        }

        func encode(to encoder: any Encoder) throws {
            try sizes.streaming.encode(to: encoder)
            var carried = encoder.container(keyedBy: CodingKeys.self)
            try carried.encode(sizes.autoencoder, forKey: .vae)
            try carried.encode(sizes.text, forKey: .textEncoder)
            try carried.encode(sizes.image, forKey: .imageEncoder)
        }
    }

    var streamingCheckpoint: StreamingCheckpointConfiguration {
        StreamingCheckpointConfiguration(sizes: self)
    }
}
