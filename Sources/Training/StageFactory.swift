import Foundation
import Schedulers
import StreamingT2V
import Tokenizers
import Torch
import TorchNN
import VideoModels

/// Builds the networks of a stage: what earlier stages of the run made, else what the model to start from holds, else
/// fresh.
struct StageFactory {
    let recipe: Recipe
    let settings: StageSettings
    let model: ModelFolder
    let start: ModelFolder?
    let captions: [String]

    func make() throws -> any TrainingStage {
        switch settings.stage {
        case .autoencoder: try autoencoder()
        case .clip: try clip()
        case .frames, .chunks, .cam, .apm: try denoiser()
        case .distillation: try distillation()
        case .enhancer: try enhancer()
        }
    }

    /// The folder that holds what another stage made.
    func made(_ component: ModelFolder.Component, by stage: StageName) throws -> ModelFolder {
        if model.has(component) { return model }
        if let start, start.has(component) { return start }
        throw TrainingError.missingStage(stage: settings.stage, needs: stage.rawValue)
    }

    private func autoencoder() throws -> any TrainingStage {
        let network: AutoencoderKL
        if let start, start.has(.vae) {
            network = try start.autoencoder()
        } else {
            network = AutoencoderKL(.journeys)
            try network.initialize(seed: recipe.seed)
        }
        return try AutoencoderStage(model: network, settings: settings, seed: recipe.seed)
    }

    private func clip() throws -> any TrainingStage {
        if let start, start.has(.textEncoder) {
            return try CLIPStage(
                text: start.textEncoder(), image: start.imageEncoder(),
                tokenizer: start.tokenizer(), settings: settings, seed: recipe.seed)
        }
        let (vocabulary, merges) = try BPETrainer.train(texts: captions, vocabularySize: 1024)
        let tokenizer = try CLIPTokenizer(vocabulary: vocabulary, merges: merges)
        let text = CLIPTextEncoder(.journeys(vocabularySize: vocabulary.count))
        let image = CLIPImageEncoder(.journeys(imageSize: recipe.size))
        try text.initialize(seed: recipe.seed)
        try image.initialize(seed: recipe.seed)
        return try CLIPStage(
            text: text, image: image, tokenizer: tokenizer, settings: settings,
            seed: recipe.seed)
    }

    /// What the first two stages made, to be used as it is.
    func encoder() throws -> ClipEncoder {
        let autoencoder = try made(.vae, by: .autoencoder).autoencoder()
        let texts = try made(.textEncoder, by: .clip)
        return try ClipEncoder(
            autoencoder: autoencoder, text: texts.textEncoder(), tokenizer: texts.tokenizer())
    }

    private func denoiser() throws -> any TrainingStage {
        let encoder = try encoder()
        let autoencoder = encoder.autoencoder
        let side = recipe.size / autoencoder.configuration.factor
        let isStreaming = settings.stage == .cam || settings.stage == .apm
        let streaming: StreamingConfiguration? = isStreaming ? .journeys : nil
        let (unet, scheduler) = try unet(
            UNet3DConfiguration.journeys(
                latentChannels: autoencoder.configuration.latentChannels, latentSide: side),
            streaming: streaming)
        var parts: StreamingPipeline.Streaming?
        if let streaming {
            let images = try made(.textEncoder, by: .clip).imageEncoder()
            parts = try streamingParts(streaming, unet: unet, images: images)
        }
        let pipeline = StreamingPipeline(
            unet: unet, autoencoder: autoencoder, streaming: parts,
            scheduler: scheduler, device: .cpu)
        return try DenoisingStage(
            part: settings.stage, pipeline: pipeline, encoder: encoder, settings: settings,
            seed: recipe.seed, defaults: .journeys(size: recipe.size))
    }

    /// The base network and its noise schedule: fresh for the first stage, else as trained.
    private func unet(
        _ sizes: UNet3DConfiguration, streaming: StreamingConfiguration?
    ) throws -> (UNet3D, SchedulerConfiguration) {
        let isFirst = settings.stage == .frames
        if isFirst, start?.has(.unet) != true {
            let fresh = UNet3D(sizes)
            try fresh.initialize(seed: recipe.seed)
            return (fresh, .journeys)
        }
        let folder =
            isFirst ? start ?? model : try made(.unet, by: .frames)
        let scheduler = try folder.scheduler()
        guard let streaming else { return (try folder.unet(streaming: nil), scheduler) }
        if let trained = trainedStreaming {
            return (try folder.unet(streaming: streaming, of: trained), scheduler)
        }
        let network = UNet3D(try folder.unetConfiguration(), streaming: streaming)
        try network.initialize(seed: recipe.seed)
        try network.startMergersByLikeness()
        try network.copyParameters(from: folder.unet(streaming: nil))
        return (network, scheduler)
    }

    /// The folder whose CAM and APM are trained further, if there is one.
    private var trainedStreaming: ModelFolder? {
        [model, start].compactMap { $0 }.first { $0.has(.streaming) }
    }

    /// CAM's extractor, a copy of the base network's first half where none was trained yet, and APM's projector.
    private func streamingParts(
        _ streaming: StreamingConfiguration, unet: UNet3D, images: CLIPImageEncoder
    ) throws -> StreamingPipeline.Streaming {
        let extractor: ConditioningExtractor
        let projector: AnchorTokenProjector
        if let trained = trainedStreaming {
            (extractor, projector) = try trained.conditioning(streaming)
        } else {
            extractor = ConditioningExtractor(
                unet.configuration, streaming: streaming, startsAtZero: false)
            try extractor.initialize(seed: recipe.seed)
            try extractor.copyParameters(from: unet)
            projector = AnchorTokenProjector(
                streaming, channels: unet.configuration.crossAttentionDimension)
            try projector.initialize(seed: recipe.seed)
        }
        return StreamingPipeline.Streaming(
            configuration: streaming, extractor: extractor, projector: projector,
            imageEncoder: images)
    }
}
