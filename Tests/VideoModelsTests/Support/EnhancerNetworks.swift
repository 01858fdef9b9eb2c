import Checkpoints
import Foundation
import TestSupport
import Testing

@testable import VideoModels

/// The `networks.json` of an enhancer fixtures folder, as the configurations of our networks.
struct EnhancerNetworks: Decodable {
    struct Network: Decodable {
        let config: Vid2VidConfiguration
        let parameterCount: Int?

        enum CodingKeys: String, CodingKey {
            case config
            case parameterCount = "n_params"
        }
    }

    /// The field names of the original code.
    struct Autoencoder: Decodable {
        struct Sizes: Decodable {
            let doubleZ: Bool
            let zChannels, inChannels, outCh, ch, numResBlocks: Int
            let chMult, attnResolutions: [Int]

            enum CodingKeys: String, CodingKey {
                case doubleZ = "double_z"
                case zChannels = "z_channels"
                case inChannels = "in_channels"
                case outCh = "out_ch"
                case ch
                case numResBlocks = "num_res_blocks"
                case chMult = "ch_mult"
                case attnResolutions = "attn_resolutions"
            }
        }

        let ddconfig: Sizes
        let embeddedChannels: Int

        enum CodingKeys: String, CodingKey {
            case ddconfig
            case embeddedChannels = "embed_dim"
        }
    }

    let unet: Network
    private let autoencoder: Autoencoder

    init() throws {
        self = try JSONDecoder().decode(
            Self.self, from: FixtureFolder.enhancer.data("networks.json"))
        try unet.config.validate()
    }

    /// Sizes of the autoencoder; fails for what the published one does not have.
    func autoencoderConfiguration() throws -> AutoencoderConfiguration {
        let sizes = autoencoder.ddconfig
        try #require(sizes.doubleZ && sizes.attnResolutions.isEmpty)
        try #require(sizes.inChannels == sizes.outCh)
        try #require(sizes.zChannels == autoencoder.embeddedChannels)
        var configuration = AutoencoderConfiguration()
        configuration.imageChannels = sizes.inChannels
        configuration.blockOutChannels = sizes.chMult.map { $0 * sizes.ch }
        configuration.layersPerBlock = sizes.numResBlocks
        configuration.latentChannels = sizes.zChannels
        try configuration.validate()
        return configuration
    }
}

extension Vid2VidConfiguration {
    /// Names in the release's checkpoint.
    func keyMap(prefix: String = "") -> CheckpointKeyMap {
        .vid2vidUNet(
            hasAttention: hasAttention, resnetsPerLevel: resnetsPerLevel, prefix: prefix)
    }
}
