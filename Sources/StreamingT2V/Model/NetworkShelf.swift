import Torch
import TorchNN
import VideoModels

/// Which networks stay in memory while a video is generated; results are the same bits whichever it is.
public enum Residency: Sendable, Hashable {
    /// All: the fastest for many videos.
    case kept
    /// Each until its part is done: the text transformer until the prompts are encoded, the first chunk's UNet until the
    /// second chunk, the image transformer until the anchor is encoded.
    case staged
    /// Those that work at the moment; all others are read again when they are needed.
    case offloaded
}

/// The networks of the first two stages, of which those that are used have their weights in memory.
///
/// Networks are made once and stay; only their weights come and go, so what was cached for a layer stays valid.
final class NetworkShelf {
    /// A network with weights of its own.
    enum Network: Hashable, CaseIterable {
        case textEncoder
        case firstUNet
        case unet
        case extractor
        case projector
        case imageEncoder
        case autoencoder
    }

    /// Networks with or without weights at the moment.
    let pipeline: StreamingPipeline
    /// Tokenizer, and the text transformer with or without weights.
    let prompts: PromptEncoder

    /// Networks with weights at the moment.
    private(set) var resident: Set<Network> = []
    /// Networks whose names and shapes are those of their files.
    private var compared: Set<Network> = []

    let folder: ModelFolder
    let preparation: Preparation
    let residency: Residency

    /// Makes the networks of a model, without weights.
    ///
    /// - Parameter residency: `nil` keeps all of a model whose chunks share a UNet, and stages one whose chunks do not.
    init(
        _ folder: ModelFolder, device: Device, dtype: DType, residency: Residency?
    ) throws {
        self.folder = folder
        preparation = .inference(dtype: dtype, device: device)
        let hasOwnBase = try folder.hasOwnStreamingBase()
        self.residency = residency ?? (hasOwnBase ? .staged : .kept)
        let sizes = folder.has(.streaming) ? try folder.streamingConfiguration() : nil
        let configuration = try folder.unetConfiguration()
        pipeline = StreamingPipeline(
            unet: UNet3D(configuration, streaming: sizes),
            firstUNet: hasOwnBase ? UNet3D(configuration) : nil,
            autoencoder: AutoencoderKL(try folder.autoencoderConfiguration()),
            streaming: try sizes.map {
                StreamingPipeline.Streaming(
                    configuration: $0,
                    extractor: ConditioningExtractor(configuration, streaming: $0),
                    projector: AnchorTokenProjector(
                        $0, channels: configuration.crossAttentionDimension),
                    imageEncoder: CLIPImageEncoder(try folder.imageConfiguration()))
            },
            scheduler: try folder.scheduler(), device: device)
        prompts = PromptEncoder(
            tokenizer: try folder.tokenizer(),
            encoder: CLIPTextEncoder(try folder.textConfiguration()), device: device)
        try folder.requireFit(prompts, streaming: sizes != nil)
    }

    /// Loads what can be loaded before the first step, after all networks were compared with their files, so that a
    /// wrong file is found now.
    ///
    /// - Parameter unused: networks that are left out.
    func open(without unused: Set<Network> = []) throws {
        try compareWithFiles(without: unused)
        if residency == .kept { try use(Set(Network.allCases).subtracting(unused)) }
    }

    /// Compares the networks with the headers of their files, each once; no weights are read.
    ///
    /// - Throws: `CheckpointError` where a configuration asks for more layers or other tensors than the file has.
    func compareWithFiles(without unused: Set<Network> = []) throws {
        let wanted = existing(Set(Network.allCases).subtracting(unused)).subtracting(compared)
        for network in Network.allCases where wanted.contains(network) {
            try load(network, LoadingMode(onlyChecks: true))
            compared.insert(network)
        }
    }

    /// The shelf with these networks' weights in memory.
    func filled(_ networks: Set<Network>) throws -> NetworkShelf {
        try use(networks)
        return self
    }

    /// Brings the weights of networks into memory; others leave it as the residency says.
    func use(_ networks: Set<Network>) throws {
        let wanted = existing(networks)
        let done = resident.subtracting(wanted).filter { !residency.keeps($0, beside: wanted) }
        for network in done { module(network)?.release() }
        resident.subtract(done)
        // What the work before has freed lies in pieces, into which other networks' tensors seldom fit.
        if residency != .kept { Runtime.trimMemory() }
        // In the order of the cases, so that memory is used in the same way each time.
        for network in Network.allCases where wanted.contains(network) {
            guard resident.insert(network).inserted else { continue }
            do {
                try fill(network)
            } catch {
                resident.remove(network)
                module(network)?.release()
                throw error
            }
        }
    }

    /// Networks that the model has; a first chunk without a UNet of its own takes the other one.
    func existing(_ networks: Set<Network>) -> Set<Network> {
        var networks = networks
        if pipeline.firstUNet == nil, networks.remove(.firstUNet) != nil { networks.insert(.unet) }
        return networks.filter { module($0) != nil }
    }

    func module(_ network: Network) -> (any Module)? {
        switch network {
        case .textEncoder: prompts.encoder
        case .firstUNet: pipeline.firstUNet
        case .unet: pipeline.unet
        case .extractor: pipeline.streaming?.extractor
        case .projector: pipeline.streaming?.projector
        case .imageEncoder: pipeline.streaming?.imageEncoder
        case .autoencoder: pipeline.autoencoder
        }
    }

    /// Whether a network computes with its weights as they are stored.
    ///
    /// The text transformer runs once per prompt, the image transformer once per video. In float32 packing the latter does
    /// not pay: `benchmark --work image` takes 2.55 s packed and 2.42 s plain (published size, three rounds in turns).
    static func staysPlain(_ network: Network, for preparation: Preparation) -> Bool {
        network == .textEncoder || network == .imageEncoder && preparation.dtype == .float32
    }

    private func fill(_ network: Network) throws {
        guard !Self.staysPlain(network, for: preparation) else {
            try load(network, LoadingMode())
            try module(network)?.move(to: preparation.device)
            return
        }
        try load(network, LoadingMode(preparation: preparation))
        try module(network)?.prepare(for: preparation)
    }

    private func load(_ network: Network, _ mode: LoadingMode) throws {
        switch network {
        case .textEncoder: try folder.load(prompts.encoder, mode)
        case .firstUNet:
            if let unet = pipeline.firstUNet { try folder.load(unet, isStreaming: false, mode) }
        case .unet:
            try folder.load(pipeline.unet, isStreaming: pipeline.streaming != nil, mode)
        case .extractor:
            if let parts = pipeline.streaming { try folder.load(parts.extractor, mode) }
        case .projector:
            if let parts = pipeline.streaming { try folder.load(parts.projector, mode) }
        case .imageEncoder:
            if let parts = pipeline.streaming { try folder.load(parts.imageEncoder, mode) }
        case .autoencoder: try folder.load(pipeline.autoencoder, mode)
        }
    }
}

extension Residency {
    /// Whether a network that has worked stays in memory while others work.
    func keeps(_ network: NetworkShelf.Network, beside wanted: Set<NetworkShelf.Network>) -> Bool {
        switch self {
        case .kept: return true
        case .offloaded: return false
        case .staged: break
        }
        return switch network {
        case .autoencoder, .projector: true
        case .textEncoder, .imageEncoder: false
        case .firstUNet: wanted.isDisjoint(with: [.unet, .extractor])
        case .unet, .extractor: !wanted.contains(.firstUNet)
        }
    }
}
