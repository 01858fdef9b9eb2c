import Checkpoints
public import Foundation
import Foundations
public import Torch
import TorchNN
public import VideoModels

/// Parts of a model as files.
extension ModelFolder {
    /// Writes a component's configuration.
    public func save(_ configuration: some Encodable, of component: Component) throws {
        try FileManager.default.createDirectory(
            at: folder(component), withIntermediateDirectories: true)
        try write(
            configuration,
            to: folder(component).appendingPathComponent(component.configurationName))
    }

    /// Writes JSON with sorted keys.
    public func write(_ value: some Encodable, to file: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.save(encoder.encode(value), to: file)
    }

    /// Writes weights, in half precision.
    public func save(
        _ tensors: [(name: String, tensor: Tensor)], of component: Component
    ) throws {
        try FileManager.default.createDirectory(
            at: folder(component), withIntermediateDirectories: true)
        try saveTensors(tensors, to: wholeWeights(component), dtype: .float16)
    }

    /// Writes `distilled/`, in half precision.
    ///
    /// - Parameters:
    ///   - tensors: the changes, under the names of ``AdaptedArchive``.
    ///   - configuration: which weights they are for.
    ///   - defaults: how a model with them wants to be sampled.
    public func saveDistilled(
        _ tensors: [(name: String, tensor: Tensor)], configuration: DistilledConfiguration,
        defaults: GenerationDefaults
    ) throws {
        try save(configuration, of: .distilled)
        try write(defaults, to: distilledDefaults)
        try save(tensors, of: .distilled)
    }

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
