/// Sizes of the autoencoder; decodes the published `vae/config.json`.
public struct AutoencoderConfiguration: Codable, Sendable, Hashable {
    /// Colour channels.
    public var imageChannels = 3
    /// Channels of each level; each but the last halves the size.
    public var blockOutChannels = [128, 256, 512, 512]
    /// Resnets per level of the encoder; the decoder has one more.
    public var layersPerBlock = 2
    /// Channels of the latents.
    public var latentChannels = 4
    /// Groups of the norms.
    public var normGroups = 32
    /// Latents times this have unit deviation.
    public var scalingFactor = 0.18215
    /// Side of the squares of pixels that become channels before the first convolution; 1 in the published networks.
    public var patchSize = 1

    enum CodingKeys: String, CodingKey {
        case imageChannels = "in_channels"
        case blockOutChannels = "block_out_channels"
        case layersPerBlock = "layers_per_block"
        case latentChannels = "latent_channels"
        case normGroups = "norm_num_groups"
        case scalingFactor = "scaling_factor"
        case patchSize = "patch_size"
    }

    /// The published sizes.
    public init() {}

    /// Decodes a configuration; what a file leaves out has the published value.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func read<Value: Decodable>(_ key: CodingKeys, _ fallback: Value) throws -> Value {
            try values.decodeIfPresent(Value.self, forKey: key) ?? fallback
        }
        imageChannels = try read(.imageChannels, imageChannels)
        blockOutChannels = try read(.blockOutChannels, blockOutChannels)
        layersPerBlock = try read(.layersPerBlock, layersPerBlock)
        latentChannels = try read(.latentChannels, latentChannels)
        normGroups = try read(.normGroups, normGroups)
        scalingFactor = try read(.scalingFactor, scalingFactor)
        patchSize = try read(.patchSize, patchSize)
    }

    /// Pixels per latent, along one axis.
    public var factor: Int { patchSize << (blockOutChannels.count - 1) }

    /// Throws if no network can have these sizes.
    public func validate() throws(ConfigurationError) {
        let sizes = [
            ("in_channels", imageChannels), ("layers_per_block", layersPerBlock),
            ("latent_channels", latentChannels), ("norm_num_groups", normGroups),
            ("patch_size", patchSize),
        ]
        for (field, size) in sizes where size < 1 || size > 4096 {
            throw .invalid(field: field, rule: "must be from 1 to 4096, not \(size)")
        }
        guard !blockOutChannels.isEmpty, blockOutChannels.count <= 8,
            blockOutChannels.allSatisfy({ $0 > 0 && $0 <= 65_536 && $0 % normGroups == 0 })
        else {
            throw .invalid(
                field: "block_out_channels",
                rule: "must hold 1 to 8 multiples of norm_num_groups (\(normGroups))")
        }
        guard scalingFactor > 0, scalingFactor.isFinite else {
            throw .invalid(field: "scaling_factor", rule: "must be a positive number")
        }
    }
}
