/// Sizes of the video UNet; decodes the published `unet/config.json`.
public struct UNet3DConfiguration: Codable, Sendable, Hashable {
    /// What a level of the UNet is made of.
    public enum BlockType: String, Codable, Sendable {
        /// With spatial and temporal transformers, on the way down.
        case crossAttentionDown = "CrossAttnDownBlock3D"
        /// Convolutions only, on the way down.
        case down = "DownBlock3D"
        /// With spatial and temporal transformers, on the way up.
        case crossAttentionUp = "CrossAttnUpBlock3D"
        /// Convolutions only, on the way up.
        case up = "UpBlock3D"
    }

    /// Latent channels in.
    public var inChannels = 4
    /// Latent channels out.
    public var outChannels = 4
    /// Channels of each level.
    public var blockOutChannels = [320, 640, 1280, 1280]
    /// Blocks on the way down, from the largest size.
    public var downBlockTypes: [BlockType] = [
        .crossAttentionDown, .crossAttentionDown, .crossAttentionDown, .down,
    ]
    /// Blocks on the way up, from the smallest size.
    public var upBlockTypes: [BlockType] = [
        .up, .crossAttentionUp, .crossAttentionUp, .crossAttentionUp,
    ]
    /// Resnets per level.
    public var layersPerBlock = 2
    /// Width of the text tokens.
    public var crossAttentionDimension = 1024
    /// Width of one attention head.
    public var attentionHeadDimension = 64
    /// Groups of the norms of resnets, transformers and the output.
    public var normGroups = 32
    /// Epsilon of the norms of resnets and the output.
    public var normEpsilon = 1e-5
    /// Heads of `transformer_in`; fixed at 8 in the release.
    public var transformerInHeads = 8
    /// Groups of the norms of temporal convolutions and `transformer_in`; fixed at 32 in the release.
    public var temporalNormGroups = 32
    /// Side of the latents that the model was trained on.
    public var sampleSize = 32

    /// What the published file cannot say: how the network of another family is built.
    struct Form: Sendable, Hashable {
        /// Channels of the first convolution, or `nil` for those of the first level.
        var stemChannels: Int?
        /// How levels halve the size; the way up undoes it.
        var padding = Downsample2D.Padding.around
        /// Whether the temporal layers run for a single frame, too.
        var hasTemporalLayersForImages = false
    }

    /// The form of ``UNet3D``, unless a network that is built of one says otherwise.
    var form = Form()

    enum CodingKeys: String, CodingKey {
        case inChannels = "in_channels"
        case outChannels = "out_channels"
        case blockOutChannels = "block_out_channels"
        case downBlockTypes = "down_block_types"
        case upBlockTypes = "up_block_types"
        case layersPerBlock = "layers_per_block"
        case crossAttentionDimension = "cross_attention_dim"
        case attentionHeadDimension = "attention_head_dim"
        case normGroups = "norm_num_groups"
        case normEpsilon = "norm_eps"
        case transformerInHeads = "transformer_in_heads"
        case temporalNormGroups = "temporal_norm_num_groups"
        case sampleSize = "sample_size"
    }

    /// The published sizes.
    public init() {}

    /// Decodes a configuration; what a file leaves out has the published value.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func read<Value: Decodable>(_ key: CodingKeys, _ fallback: Value) throws -> Value {
            try values.decodeIfPresent(Value.self, forKey: key) ?? fallback
        }
        inChannels = try read(.inChannels, inChannels)
        outChannels = try read(.outChannels, outChannels)
        blockOutChannels = try read(.blockOutChannels, blockOutChannels)
        downBlockTypes = try read(.downBlockTypes, downBlockTypes)
        upBlockTypes = try read(.upBlockTypes, upBlockTypes)
        layersPerBlock = try read(.layersPerBlock, layersPerBlock)
        crossAttentionDimension = try read(.crossAttentionDimension, crossAttentionDimension)
        attentionHeadDimension = try read(.attentionHeadDimension, attentionHeadDimension)
        normGroups = try read(.normGroups, normGroups)
        normEpsilon = try read(.normEpsilon, normEpsilon)
        transformerInHeads = try read(.transformerInHeads, transformerInHeads)
        temporalNormGroups = try read(.temporalNormGroups, temporalNormGroups)
        sampleSize = try read(.sampleSize, sampleSize)
    }

    /// Number of levels.
    public var levels: Int { blockOutChannels.count }

    /// Channels of the first convolution.
    public var stemChannels: Int { form.stemChannels ?? blockOutChannels.first ?? 0 }

    /// Width of the time embedding.
    public var timeChannels: Int { 4 * stemChannels }

    /// Whether the temporal layers run for a video of so many frames.
    func hasTime(frames: Int) -> Bool { frames > 1 || form.hasTemporalLayersForImages }

    /// Throws if no network can have these sizes.
    public func validate() throws(ConfigurationError) {
        func require(_ holds: Bool, _ field: String, _ rule: String) throws(ConfigurationError) {
            guard holds else { throw .invalid(field: field, rule: rule) }
        }
        try ConfigurationError.require(
            "block_out_channels", blockOutChannels, counts: SizeLimits.levels,
            range: SizeLimits.channels)
        try require(
            downBlockTypes.count == levels, "down_block_types", "must have \(levels) entries")
        try require(upBlockTypes.count == levels, "up_block_types", "must have \(levels) entries")
        try require(
            downBlockTypes.allSatisfy { $0 == .crossAttentionDown || $0 == .down },
            "down_block_types", "must hold CrossAttnDownBlock3D or DownBlock3D only")
        try require(
            upBlockTypes.allSatisfy { $0 == .crossAttentionUp || $0 == .up }, "up_block_types",
            "must hold CrossAttnUpBlock3D or UpBlock3D only")
        let channels = SizeLimits.channels
        try ConfigurationError.require([
            ("in_channels", inChannels, channels), ("out_channels", outChannels, channels),
            ("layers_per_block", layersPerBlock, SizeLimits.layersPerBlock),
            ("cross_attention_dim", crossAttentionDimension, channels),
            ("attention_head_dim", attentionHeadDimension, channels),
            ("norm_num_groups", normGroups, channels),
            ("transformer_in_heads", transformerInHeads, SizeLimits.heads),
            ("temporal_norm_num_groups", temporalNormGroups, channels),
            ("sample_size", sampleSize, SizeLimits.side),
        ])
        for channels in blockOutChannels {
            try require(
                channels % normGroups == 0 && channels % temporalNormGroups == 0
                    && channels % attentionHeadDimension == 0,
                "block_out_channels",
                "must hold multiples of norm_num_groups (\(normGroups)), "
                    + "temporal_norm_num_groups (\(temporalNormGroups)) and "
                    + "attention_head_dim (\(attentionHeadDimension)), not \(channels)")
        }
        try require(
            normEpsilon > 0 && normEpsilon.isFinite, "norm_eps", "must be a positive number")
    }
}
