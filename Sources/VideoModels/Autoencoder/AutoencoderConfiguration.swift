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
        let channels = SizeLimits.channels
        let factors = SizeLimits.latentFactor
        try ConfigurationError.require([
            ("in_channels", imageChannels, 1...64),
            ("layers_per_block", layersPerBlock, SizeLimits.layersPerBlock),
            ("latent_channels", latentChannels, channels),
            ("norm_num_groups", normGroups, channels), ("patch_size", patchSize, factors),
        ])
        try ConfigurationError.require(
            "block_out_channels", blockOutChannels, counts: SizeLimits.levels, range: channels)
        for channels in blockOutChannels where channels % normGroups != 0 {
            throw .invalid(
                field: "block_out_channels",
                rule: "must hold multiples of norm_num_groups (\(normGroups)), not \(channels)")
        }
        guard factors.contains(factor) else {
            throw .invalid(
                field: "patch_size",
                rule: "and \(blockOutChannels.count) levels make \(factor) pixels of one latent; "
                    + "at most \(factors.upperBound) are possible")
        }
        guard scalingFactor > 0, scalingFactor.isFinite else {
            throw .invalid(field: "scaling_factor", rule: "must be a positive number")
        }
    }
}
