import Checkpoints
public import Foundation
import Schedulers
import Tokenizers
public import VideoModels

/// `enhancer/` holds `config.json`, the UNet's weights, `enhancement.json`, and `vae/`, `text_encoder/` and `tokenizer/`
/// where these are not the base model's, or the three files of Video-to-Video under their published names. `vae/` may hold
/// only the end of a decoder.
extension ModelFolder {
    private var enhancementFile: URL {
        folder(.enhancer).appendingPathComponent("enhancement.json")
    }

    /// Weight files beside that of the published UNet.
    private static let publishedEnhancer: [Component: String] = [
        .vae: "v2-1_512-ema-pruned.ckpt", .textEncoder: "open_clip_pytorch_model.bin",
    ]

    /// The same model with another third stage.
    ///
    /// - Parameter url: a folder as `enhancer/`, a model folder that has one, or a folder with the three files of
    ///   Video-to-Video.
    public func withEnhancer(_ url: URL) -> ModelFolder {
        var model = self
        let whole = ModelFolder(url)
        model.pieces[.enhancer] = whole.has(.enhancer) ? whole.folder(.enhancer) : url
        return model
    }

    /// The folder that the enhancer's autoencoder, text encoder or tokenizer is in: `enhancer/` if it is there, or this one.
    public func partOfEnhancer(_ component: Component) -> ModelFolder {
        var own = ModelFolder(folder(.enhancer))
        if own.has(component) { return own }
        guard let file = Self.publishedEnhancer[component].map(own.url.appendingPathComponent),
            FileManager.default.fileExists(atPath: file.path)
        else { return self }
        own.pieces[component] = file
        return own
    }

    /// Throws unless the folder holds what the third stage needs.
    ///
    /// - Throws: `GenerationError.noEnhancer`, `.notAModel`, and `CheckpointError` for an unreadable decoder.
    public func requireEnhancer() throws {
        guard url.isFolder == true else {
            throw GenerationError.notAModel(folder: url.path, missing: "the folder itself")
        }
        guard has(.enhancer) else { throw GenerationError.noEnhancer(folder: url.path) }
        for component in [Component.vae, .textEncoder] {
            let isThere = partOfEnhancer(component).has(component)
            guard try isThere && (component != .vae || has(.vae) || !hasOwnDecoder()) else {
                throw GenerationError.notAModel(
                    folder: url.path, missing: "\(component.rawValue)/")
            }
        }
        guard
            partOfEnhancer(.tokenizer).has(.tokenizer) || partOfEnhancer(.textEncoder).hasTokenizer
        else {
            throw GenerationError.notAModel(folder: url.path, missing: "tokenizer/")
        }
    }

    // MARK: Reading

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

    /// Whether the enhancer has the last layers of a decoder of its own in `enhancer/vae/`, and all else of the model's
    /// autoencoder; reads the names of that file.
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

    /// The enhancer's tokenizer: its own, or that of `open_clip` for a text transformer of its own that reads the
    /// published vocabulary, as the release's, or the model's.
    func enhancementTokenizer() throws -> CLIPTokenizer {
        let (texts, tokens) = (partOfEnhancer(.textEncoder), partOfEnhancer(.tokenizer))
        guard texts == self || tokens != self || !texts.readsPublishedTokens else {
            return try .published(.openCLIP)
        }
        return try tokens.tokenizer()
    }

    // MARK: Writing

    /// Writes `enhancer/`: sizes, weights in half precision under the names of the release, and how to use them.
    ///
    /// Text encoder and tokenizer are the base model's, and so is the autoencoder, except for what
    /// ``hasOwnDecoder()`` tells of. A model whose text encoder is its own wants its prompts unchanged: give it an empty
    /// ``EnhancementDefaults/promptSuffix``.
    ///
    /// - Parameter decoder: an autoencoder whose last layers are the enhancer's own; `nil` without.
    /// - Throws: `ConfigurationError.invalid` for defaults that no video can be enhanced with.
    public func saveEnhancer(
        _ network: Vid2VidUNet, decoder: AutoencoderKL? = nil, defaults: EnhancementDefaults
    ) throws {
        try defaults.validate()
        try save(network.configuration, of: .enhancer)
        try write(defaults, to: enhancementFile)
        try save(network.namedTensors(.vid2vidUNet(network.configuration)), of: .enhancer)
        let own = ModelFolder(folder(.enhancer))
        guard let decoder else {
            if try hasOwnDecoder() { try FileManager.default.removeItem(at: own.folder(.vae)) }
            return
        }
        try own.save(decoder.configuration, of: .vae)
        try own.save(decoder.namedTensors(.autoencoder()) { decoder.isDecoderEnd($0) }, of: .vae)
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
