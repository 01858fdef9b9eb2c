import Checkpoints
import TorchNN
import VideoModels

/// How weights are loaded into a network.
struct LoadingMode {
    /// What layers are packed for as soon as their weights are there, or `nil` to leave them as they are.
    var preparation: Preparation?
    /// Whether names and shapes are compared and nothing is loaded.
    var onlyChecks = false
}

extension ModelFolder {
    /// Fills an autoencoder.
    func load(_ model: AutoencoderKL, _ mode: LoadingMode = LoadingMode()) throws {
        let archive = try archive(.vae)
        let levels = model.configuration.blockOutChannels.count
        try fill(model, archive, .autoencoder(in: archive.names, levels: levels), mode)
    }

    /// Fills a text transformer.
    func load(_ model: CLIPTextEncoder, _ mode: LoadingMode = LoadingMode()) throws {
        let archive = try archive(.textEncoder)
        let layers = model.configuration.layers
        try fill(model, archive, .textEncoder(in: archive.names, layers: layers), mode)
    }

    /// Fills an image transformer.
    func load(_ model: CLIPImageEncoder, _ mode: LoadingMode = LoadingMode()) throws {
        let archive = try archive(.imageEncoder)
        try fill(model, archive, .imageEncoder(in: archive.names), mode)
    }

    /// Fills a conditioning extractor.
    func load(_ model: ConditioningExtractor, _ mode: LoadingMode = LoadingMode()) throws {
        try fill(model, archive(.streaming), .conditioningExtractor, mode)
    }

    /// Fills a token projector.
    func load(_ model: AnchorTokenProjector, _ mode: LoadingMode = LoadingMode()) throws {
        try fill(model, archive(.streaming), .anchorTokenProjector, mode)
    }

    /// Fills a UNet; see ``unet(streaming:of:)``.
    func load(
        _ model: UNet3D, isStreaming: Bool, of other: ModelFolder? = nil,
        _ mode: LoadingMode = LoadingMode()
    ) throws {
        guard isStreaming else { return try fill(model, archive(.unet), .unet, mode) }
        let owner = other ?? self
        let streaming = try owner.archive(.streaming)
        if try owner.hasOwnStreamingBase() {
            return try fill(model, streaming, .streamingUNet, mode)
        }
        try fill(model, archive(.unet), .unet, mode) { !UNet3D.isStreamingParameter($0) }
        try fill(model, streaming, .streamingUNet, mode) { UNet3D.isStreamingParameter($0) }
    }

    /// Fills the enhancer's UNet.
    func load(_ model: Vid2VidUNet, _ mode: LoadingMode = LoadingMode()) throws {
        try fill(model, archive(.enhancer), .vid2vidUNet(model.configuration), mode)
    }

    /// Fills the enhancer's autoencoder; see ``enhancerAutoencoder()``.
    func loadForEnhancer(_ model: AutoencoderKL, _ mode: LoadingMode = LoadingMode()) throws {
        let own = partOfEnhancer(.vae)
        guard try hasOwnDecoder() else { return try own.load(model, mode) }
        // The model's own end of the decoder is compared as well, but not read.
        try load(model, LoadingMode(onlyChecks: true))
        let archive = try archive(.vae)
        let levels = model.configuration.blockOutChannels.count
        try fill(
            model, archive, .autoencoder(in: archive.names, levels: levels), mode, isPartial: true
        ) { !model.isDecoderEnd($0) }
        try fill(model, own.archive(.vae), .autoencoder(), mode) { model.isDecoderEnd($0) }
    }

    private func fill(
        _ model: some Module, _ archive: some TensorArchive, _ keyMap: CheckpointKeyMap,
        _ mode: LoadingMode, isPartial: Bool = false,
        where includes: (String) -> Bool = { _ in true }
    ) throws {
        try model.load(
            from: archive, keyMap: keyMap, isPartial: isPartial, packedFor: mode.preparation,
            onlyChecks: mode.onlyChecks, where: includes)
    }
}

extension CheckpointKeyMap {
    /// The layout of an autoencoder among these names.
    ///
    /// - Parameter levels: sizes that the network works at.
    static func autoencoder(in names: [String], levels: Int) -> CheckpointKeyMap {
        if names.contains("first_stage_model.encoder.conv_in.weight") {
            return .latentDiffusionAutoencoder(levels: levels)
        }
        return .autoencoder(
            prefix: names.contains("vae.encoder.conv_in.weight") ? "vae" : "",
            hasOldAttentionNames: names.contains { $0.hasSuffix(".proj_attn.weight") })
    }

    /// The layout of a text transformer among these names.
    ///
    /// - Parameter layers: layers that the network has.
    static func textEncoder(in names: [String], layers: Int) -> CheckpointKeyMap {
        let embedding = "text_model.embeddings.token_embedding.weight"
        if names.contains("text_encoder.\(embedding)") {
            return .textEncoder(prefix: "text_encoder")
        }
        // OpenCLIP's file, whose last layer the published text encoder is without.
        if names.contains("token_embedding.weight"), !names.contains(embedding) {
            return .openCLIPTextEncoder(layers: layers)
        }
        return .textEncoder()
    }

    /// The layout of an image transformer among these names.
    static func imageEncoder(in names: [String]) -> CheckpointKeyMap {
        let inside = "image_encoder.model.visual"
        return .imageEncoder(
            prefix: names.contains("\(inside).conv1.weight") ? inside : "visual")
    }
}
