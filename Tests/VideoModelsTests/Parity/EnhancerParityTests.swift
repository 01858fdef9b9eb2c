import Checkpoints
import TestSupport
import Testing
import Torch
import TorchNN

@testable import VideoModels

extension Trait where Self == ConditionTrait {
    /// Skips where no folder of the enhancer's fixtures has a file: the networks' are too large for the package.
    fileprivate static func needs(_ name: String) -> Self {
        .enabled(
            if: FixtureFolder.enhancer.contains(name),
            "no folder of fixtures has \(name); set ST2V_FIXTURES_ENHANCER to one that has it")
    }
}

/// The video-to-video UNet against the enhancer's `unet.safetensors`.
@Suite(.needs("unet.safetensors")) struct Vid2VidUNetParityTests {
    private let file: FixtureFile
    private let configuration: Vid2VidConfiguration
    private let unet: Vid2VidUNet
    private let parameterCount: Int?

    init() throws {
        let network = try EnhancerNetworks().unet
        (configuration, parameterCount) = (network.config, network.parameterCount)
        file = try FixtureFile("unet", in: .enhancer)
        unet = try file.load(Vid2VidUNet(configuration), configuration.keyMap(prefix: "w"))
    }

    @Test func networkAndItsLayersMatchReference() throws {
        if let parameterCount { #expect(unet.parameterCount == parameterCount) }
        var values: [ObjectIdentifier: Tensor] = [:]
        let sample = try file.tensor("x")
        let output = try unet(
            sample, timestep: file.tensor("t"), context: AttentionContext(file.tensor("y"))
        ) { values[ObjectIdentifier($0)] = $1 }
        try file.expect(output, equals: "out", within: .enhancer)
        let keyMap = configuration.keyMap()
        let layers = Dictionary(
            unet.layers().map { (keyMap.checkpointKey(for: $0.path), $0.layer) },
            uniquingKeysWith: { first, _ in first })
        for match in try file.requiredMatches(/act\.(.+?)(?:\.op|\.conv)?/, "activation") {
            // A resnet of the release ends with the temporal convolution.
            let key = String(match.output.1)
            let name = String(match.output.0)
            guard let layer = layers["\(key).temopral_conv"] ?? layers[key],
                let value = values[ObjectIdentifier(layer)]
            else { continue }  // an unknown tensor, see below
            let isVideo = try file.shape(name).count == 5
            try file.expect(
                isVideo ? value.batchAsFrames(sample.shape[2]) : value, equals: name,
                within: .enhancer)
        }
        file.expectAllUsed()
    }

    /// Keys and values of the text are made once for all steps.
    @Test func cachedContextMatchesReference() throws {
        let context = try AttentionContext(file.tensor("y"), isCached: true)
        for _ in 0..<2 {
            let output = try unet(file.tensor("x"), timestep: file.tensor("t"), context: context)
            try file.expect(output, equals: "out", within: .enhancer)
        }
    }

    @Test func preparedNetworkMatchesReference() throws {
        try unet.prepare(for: .inference())
        let output = try unet(
            file.tensor("x"), timestep: file.tensor("t"),
            context: AttentionContext(file.tensor("y")))
        try file.expect(output, equals: "out", within: .enhancer)
    }
}

/// The autoencoder in its original names against the enhancer's `autoencoder.safetensors`.
@Suite struct LatentDiffusionAutoencoderParityTests {
    @Test(.needs("autoencoder.safetensors"))
    func autoencoderMatchesReference() throws {
        let configuration = try EnhancerNetworks().autoencoderConfiguration()
        let file = try FixtureFile("autoencoder", in: .enhancer)
        let autoencoder = try file.load(
            AutoencoderKL(configuration),
            .latentDiffusionAutoencoder(
                levels: configuration.blockOutChannels.count, prefix: "w"))
        let images = try file.tensor("x")
        let moments = try autoencoder.quantConv(autoencoder.encoder(images.channelsLast()))
        try file.expect(moments, equals: "moments", within: .enhancer)
        let posterior = try autoencoder.encode(images)
        try file.expect(posterior.mean, equals: "mean", within: .enhancer)
        let noise = try posterior.mean.zerosLike() + 1
        try file.expect(
            posterior.sample(noise: noise) - posterior.mean, equals: "std", within: .enhancer)
        try file.expect(
            autoencoder.decode(file.tensor("z")), equals: "decoded", within: .enhancer)
        file.expectAllUsed()
    }
}
