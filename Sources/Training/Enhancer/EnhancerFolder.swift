import Checkpoints
import Foundation
import StreamingT2V
import VideoModels

/// `enhancer/` of a model: sizes, weights under the release's names, and how to sample.
struct EnhancerFolder {
    let url: URL

    private var configuration: URL { url.appendingPathComponent("config.json") }
    private var weights: URL { url.appendingPathComponent("diffusion_pytorch_model.safetensors") }
    private var defaults: URL { url.appendingPathComponent("enhancement.json") }
    private let model: ModelFolder

    init(in model: ModelFolder) {
        self.model = model
        url = model.url.appendingPathComponent("enhancer")
    }

    /// Whether the model has an enhancer.
    var isThere: Bool { FileManager.default.fileExists(atPath: url.path) }

    /// The network with its weights.
    func network() throws -> Vid2VidUNet {
        let sizes: Vid2VidConfiguration
        do {
            sizes = try JSONDecoder().decode(
                Vid2VidConfiguration.self, from: Data(contentsOf: configuration))
        } catch {
            throw ConfigurationError.unreadable(
                file: configuration.path, reason: "cannot be read (\(error))")
        }
        try sizes.validate()
        let network = Vid2VidUNet(sizes)
        try network.load(from: SafetensorsArchive(url: weights), keyMap: Self.keyMap(sizes))
        return network
    }

    /// Writes everything; a model's own way of sampling is kept.
    func write(_ network: Vid2VidUNet, defaults: EnhancerDefaults) throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        try model.write(network.configuration, to: configuration)
        try saveTensors(
            network.namedTensors(Self.keyMap(network.configuration)), to: weights, dtype: .float16)
        if !FileManager.default.fileExists(atPath: self.defaults.path) {
            try model.write(defaults, to: self.defaults)
        }
    }

    private static func keyMap(_ sizes: Vid2VidConfiguration) -> CheckpointKeyMap {
        .vid2vidUNet(hasAttention: sizes.hasAttention, resnetsPerLevel: sizes.resnetsPerLevel)
    }
}
