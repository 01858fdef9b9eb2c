/// Sizes of the streaming parts: conditional attention (CAM) and appearance preservation (APM).
public struct StreamingConfiguration: Codable, Sendable, Hashable {
    /// Frames of a chunk.
    public var frames = 16
    /// Frames of the previous chunk that a new one is conditioned on.
    public var conditionalFrames = 8
    /// Channels of the pixel frame encoder: full size, then after each halving.
    public var frameEncoderChannels = [32, 96, 256, 512]
    /// Width of one head of the mergers.
    public var mergerHeadDimension = 64
    /// Groups of the mergers' norms.
    public var mergerNormGroups = 32
    /// Tokens that the anchor frame becomes.
    public var imageTokens = 16
    /// Tokens of a prompt.
    public var textTokens = 77
    /// Width of the token projector's middle.
    public var projectorDimension = 1280
    /// Width of the anchor frame's embedding.
    public var imageEmbeddingDimension = 1024

    enum CodingKeys: String, CodingKey {
        case frames = "num_frames"
        case conditionalFrames = "num_cond_frames"
        case frameEncoderChannels = "cond_encoder_channels"
        case mergerHeadDimension = "merger_head_dim"
        case mergerNormGroups = "merger_norm_num_groups"
        case imageTokens = "image_tokens"
        case textTokens = "text_tokens"
        case projectorDimension = "resampler_inner_dim"
        case imageEmbeddingDimension = "image_embedding_dim"
    }

    /// The published sizes.
    public init() {}

    func mixing(contextChannels: Int) -> AnchorMixing.Sizes {
        AnchorMixing.Sizes(
            textTokens: textTokens, imageTokens: imageTokens, channels: contextChannels)
    }

    /// Throws if no network can have these sizes.
    public func validate() throws(ConfigurationError) {
        let channels = SizeLimits.channels
        try ConfigurationError.require([
            ("num_frames", frames, SizeLimits.frames),
            ("num_cond_frames", conditionalFrames, SizeLimits.frames),
            ("merger_head_dim", mergerHeadDimension, channels),
            ("merger_norm_num_groups", mergerNormGroups, channels),
            ("image_tokens", imageTokens, SizeLimits.tokens),
            ("text_tokens", textTokens, SizeLimits.tokens),
            ("resampler_inner_dim", projectorDimension, channels),
            ("image_embedding_dim", imageEmbeddingDimension, channels),
        ])
        guard conditionalFrames < frames else {
            throw .invalid(field: "num_cond_frames", rule: "must be less than num_frames")
        }
        try ConfigurationError.require(
            "cond_encoder_channels", frameEncoderChannels, counts: 4...4, range: channels)
    }
}
