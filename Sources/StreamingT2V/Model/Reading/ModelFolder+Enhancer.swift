import Checkpoints
import Foundation
import Tokenizers
public import VideoModels

/// The enhancer's configurations and networks.
extension ModelFolder {
    /// The sizes of the enhancer's UNet.
    public func enhancerConfiguration() throws -> Vid2VidConfiguration {
        let value = try configuration(Vid2VidConfiguration.self, of: .enhancer)
        try value.validate()
        return value
    }

    /// How the enhancer wants to be used; the release's values where the folder says nothing.
    public func enhancementDefaults() throws -> EnhancementDefaults {
        guard FileManager.default.fileExists(atPath: enhancementFile.path) else {
            return EnhancementDefaults()
        }
        let defaults = try decode(EnhancementDefaults.self, at: enhancementFile)
        try defaults.validate()
        return defaults
    }

    /// The enhancer's UNet with its weights, under the names of the release.
    public func enhancer() throws -> Vid2VidUNet {
        let model = Vid2VidUNet(try enhancerConfiguration())
        try load(model)
        return model
    }

    /// Whether `enhancer/vae/` holds the last layers of a decoder, which replace those of the model's autoencoder.
    ///
    /// Reads the names of tensors in that file.
    public func hasOwnDecoder() throws -> Bool {
        let own = partOfEnhancer(.vae)
        guard own != self else { return false }
        let names = try own.archive(.vae).names
        return !names.isEmpty && names.allSatisfy { $0.hasPrefix("decoder.") }
    }

    /// The folder that the enhancer's autoencoder is in, except perhaps for the end of the decoder.
    func ownerOfEnhancerAutoencoder() throws -> ModelFolder {
        try hasOwnDecoder() ? self : partOfEnhancer(.vae)
    }

    /// The enhancer's autoencoder with its weights: its own, or the model's, perhaps with another end of the decoder.
    public func enhancerAutoencoder() throws -> AutoencoderKL {
        let model = AutoencoderKL(try ownerOfEnhancerAutoencoder().autoencoderConfiguration())
        try loadForEnhancer(model)
        return model
    }

    /// The enhancer's tokenizer.
    ///
    /// It is the one in `enhancer/`. Without that it is `open_clip`'s where the enhancer brings a text transformer of the
    /// published vocabulary, as the release does, and the model's otherwise.
    func enhancementTokenizer() throws -> CLIPTokenizer {
        let (texts, tokens) = (partOfEnhancer(.textEncoder), partOfEnhancer(.tokenizer))
        guard texts == self || tokens != self || !texts.readsPublishedTokens else {
            return try .published(.openCLIP)
        }
        return try tokens.tokenizer()
    }
}

extension CheckpointKeyMap {
    /// The release's names of a video-to-video UNet of these sizes.
    static func vid2vidUNet(_ configuration: Vid2VidConfiguration) -> CheckpointKeyMap {
        .vid2vidUNet(
            hasAttention: configuration.hasAttention,
            resnetsPerLevel: configuration.resnetsPerLevel)
    }
}
