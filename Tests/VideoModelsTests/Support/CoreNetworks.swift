import Checkpoints
import TestSupport
import TorchNN

@testable import VideoModels

/// The networks of a core fixtures folder, with its weights under their published names.
struct CoreNetworks {
    let configuration: CoreConfiguration
    let weights: SafetensorsArchive

    init() throws {
        configuration = try CoreConfiguration()
        weights = try SafetensorsArchive(url: FixtureFolder.core.url("weights.safetensors"))
    }

    /// Stage 1: the UNet without mergers and mixing layers, whose tensors are left over.
    func plainUNet() throws -> UNet3D {
        let unet = UNet3D(configuration.unet)
        try unet.load(from: weights, keyMap: .streamingUNet, isPartial: true)
        return unet
    }

    func streamingUNet() throws -> UNet3D {
        try loaded(
            UNet3D(configuration.unet, streaming: configuration.streaming), .streamingUNet)
    }

    func extractor() throws -> ConditioningExtractor {
        try loaded(
            ConditioningExtractor(configuration.unet, streaming: configuration.streaming),
            .conditioningExtractor)
    }

    func projector() throws -> AnchorTokenProjector {
        try loaded(
            AnchorTokenProjector(
                configuration.streaming, channels: configuration.unet.crossAttentionDimension),
            .anchorTokenProjector)
    }

    func imageEncoder() throws -> CLIPImageEncoder {
        try loaded(CLIPImageEncoder(configuration.imageEncoder), .streamingImageEncoder)
    }

    func textEncoder() throws -> CLIPTextEncoder {
        try loaded(
            CLIPTextEncoder(configuration.textEncoder), .textEncoder(prefix: "text_encoder"))
    }

    func autoencoder() throws -> AutoencoderKL {
        try loaded(AutoencoderKL(configuration.autoencoder), .autoencoder(prefix: "vae"))
    }

    private func loaded<Network: Module>(
        _ network: Network, _ keyMap: CheckpointKeyMap
    ) throws -> Network {
        try network.load(from: weights, keyMap: keyMap)
        return network
    }
}

extension CheckpointKeyMap {
    /// The image transformer in `streaming_t2v.ckpt`.
    static let streamingImageEncoder = imageEncoder(prefix: "image_encoder.model.visual")
}

/// Keys and shapes of all networks of a streaming checkpoint.
struct StreamingKeys {
    private(set) var shapes: [String: [Int]] = [:]
    private(set) var duplicates: [String] = []

    init(
        unet: UNet3DConfiguration, streaming: StreamingConfiguration,
        imageEncoder: CLIPImageConfiguration, textEncoder: CLIPTextConfiguration,
        autoencoder: AutoencoderConfiguration
    ) {
        add(UNet3D(unet, streaming: streaming), .streamingUNet)
        add(ConditioningExtractor(unet, streaming: streaming), .conditioningExtractor)
        add(
            AnchorTokenProjector(streaming, channels: unet.crossAttentionDimension),
            .anchorTokenProjector)
        add(CLIPImageEncoder(imageEncoder), .streamingImageEncoder)
        add(CLIPTextEncoder(textEncoder), .textEncoder(prefix: "text_encoder"))
        add(AutoencoderKL(autoencoder), .autoencoder(prefix: "vae"))
    }

    private mutating func add(_ network: some Module, _ keyMap: CheckpointKeyMap) {
        for (path, parameter) in network.parameters() {
            let key = keyMap.checkpointKey(for: path)
            if shapes.updateValue(parameter.shape, forKey: key) != nil { duplicates.append(key) }
        }
    }
}
