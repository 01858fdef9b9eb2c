import Checkpoints
import Foundation
import Schedulers
import StreamingT2V
import Tokenizers
import Torch
import TorchNN
import VideoModels

/// A complete model of the smallest sizes with random weights, written to a folder.
///
/// Change its parts before ``make(at:)`` to get a model that does not fit together.
struct TinyModel {
    var unet: UNet3DConfiguration
    var streaming: StreamingConfiguration? = TinyModel.streamingSizes
    var autoencoder = AutoencoderConfiguration()
    var text = CLIPTextConfiguration()
    var image = CLIPImageConfiguration()
    var scheduler = SchedulerConfiguration()
    var defaults = GenerationDefaults()

    init() {
        unet = UNet3DConfiguration()
        unet.blockOutChannels = [32, 64]
        unet.downBlockTypes = [.crossAttentionDown, .down]
        unet.upBlockTypes = [.up, .crossAttentionUp]
        unet.layersPerBlock = 1
        unet.crossAttentionDimension = 24
        unet.attentionHeadDimension = 16
        unet.normGroups = 8
        unet.transformerInHeads = 2
        unet.temporalNormGroups = 8
        unet.sampleSize = 4
        autoencoder.blockOutChannels = [8, 16]
        autoencoder.layersPerBlock = 1
        autoencoder.normGroups = 4
        autoencoder.scalingFactor = 0.9
        autoencoder.patchSize = 4
        text.hiddenSize = 24
        text.layers = 1
        text.heads = 2
        text.intermediateSize = 32
        text.vocabularySize = 560
        image.imageSize = 28
        image.patchSize = 14
        image.width = 16
        image.layers = 1
        image.heads = 2
        image.mlpRatio = 2
        image.outputDimension = 20
        defaults.sampling.height = 32
        defaults.sampling.width = 32
        defaults.sampling.firstSteps = 2
        defaults.sampling.steps = 2
        defaults.sampling.firstGuidanceScale = 3
        defaults.sampling.guidanceScale = 2.5
    }

    static var streamingSizes: StreamingConfiguration {
        var sizes = StreamingConfiguration()
        sizes.frameEncoderChannels = [4, 8, 8, 12]
        sizes.mergerHeadDimension = 16
        sizes.mergerNormGroups = 8
        sizes.imageTokens = 3
        sizes.projectorDimension = 16
        sizes.imageEmbeddingDimension = 20
        return sizes
    }

    static let sentences = [
        "a red ball rolls over the green meadow", "a blue car drives through the snow",
        "the yellow bird flies over the lake", "a green ball rolls through the snow",
        "the red car drives over the meadow", "a blue bird flies through the rain",
    ]

    /// Writes the usual tiny model, with CAM and APM.
    @discardableResult
    static func make(at folder: URL) throws -> ModelFolder {
        try TinyModel().make(at: folder)
    }

    /// Writes all parts and their weights.
    @discardableResult
    func make(at url: URL) throws -> ModelFolder {
        let folder = ModelFolder(url)
        let network = UNet3D(unet, streaming: streaming)
        try Self.fill(network, seed: 1)
        try folder.save(unet, of: .unet)
        try folder.save(
            network.namedTensors(.unet, where: { !UNet3D.isStreamingParameter($0) }), of: .unet)
        try write(AutoencoderKL(autoencoder), .autoencoder(), autoencoder, .vae, to: folder)
        try write(CLIPTextEncoder(text), .textEncoder(), text, .textEncoder, to: folder)
        try folder.save(scheduler, of: .scheduler)
        try folder.write(defaults, to: url.appending(path: "generation.json"))
        let (vocabulary, merges) = try BPETrainer.train(
            texts: Self.sentences, vocabularySize: 560)
        try CLIPTokenizer(vocabulary: vocabulary, merges: merges)
            .write(to: folder.folder(.tokenizer))
        if let streaming { try write(streaming, mergersOf: network, to: folder) }
        return folder
    }

    private func write(
        _ sizes: StreamingConfiguration, mergersOf network: UNet3D, to folder: ModelFolder
    ) throws {
        let extractor = ConditioningExtractor(unet, streaming: sizes)
        let projector = AnchorTokenProjector(sizes, channels: unet.crossAttentionDimension)
        try Self.fill(extractor, seed: 2)
        try Self.fill(projector, seed: 3)
        try folder.save(sizes, of: .streaming)
        let tensors =
            try network.namedTensors(.streamingUNet, where: UNet3D.isStreamingParameter)
            + extractor.namedTensors(.conditioningExtractor)
            + projector.namedTensors(.anchorTokenProjector)
        try folder.save(tensors, of: .streaming)
        try write(CLIPImageEncoder(image), .imageEncoder(), image, .imageEncoder, to: folder)
    }

    private func write(
        _ network: some Module, _ keyMap: CheckpointKeyMap, _ sizes: some Encodable,
        _ component: ModelFolder.Component, to folder: ModelFolder
    ) throws {
        try Self.fill(network, seed: 4)
        try folder.save(sizes, of: component)
        try folder.save(network.namedTensors(keyMap), of: component)
    }

    /// Random values for all parameters, also for those that start from zero and would hide their layer.
    ///
    /// They depend on the seed and the parameter's path.
    static func fill(_ network: some Module, seed: UInt64) throws {
        let generator = RandomGenerator(seed: seed)
        for entry in network.parameters() {
            let shape = entry.parameter.shape
            let path = entry.path.utf8.reduce(5381) { $0 &* 33 &+ Int($1) }
            let values = try generator.normal(shape, .initialization, step: path)
            let fanIn = shape.dropFirst().reduce(1, *)
            let isNorm = entry.path.hasSuffix("weight") && entry.path.lowercased().contains("norm")
            try entry.parameter.load(
                shape.count > 1
                    ? values * (1 / Double(fanIn).squareRoot())
                    : isNorm || shape.isEmpty ? values * 0.1 + 1 : values * 0.2)
        }
    }
}
