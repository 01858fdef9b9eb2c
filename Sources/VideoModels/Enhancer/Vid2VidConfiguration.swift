public import Torch

/// Sizes of the video-to-video UNet; the names in files are those of the release's constructor (`Vid2VidSDUNet`).
public struct Vid2VidConfiguration: Codable, Sendable, Hashable {
    /// Latent channels in.
    public var inChannels = 4
    /// Channels of the first convolution, and the unit of ``multipliers``.
    public var channels = 320
    /// Width of the text tokens.
    public var contextDimension = 1024
    /// Latent channels out.
    public var outChannels = 4
    /// Channels of each level, as multiples of ``channels``.
    public var multipliers = [1, 2, 4, 4]
    /// Heads of the first temporal transformer, each ``headDimension`` wide; all others have as many as fit into
    /// their channels.
    public var firstHeads = 8
    /// Width of one attention head.
    public var headDimension = 64
    /// Resnets per level on the way down; the way up has one more.
    public var resnetsPerLevel = 2
    /// Sizes at which the network has transformers, as shares of the full one; the smallest size always has them in
    /// the middle.
    public var attentionScales = [1, 0.5, 0.25]
    /// Groups of all norms; fixed at 32 in the release.
    public var normGroups = 32

    enum CodingKeys: String, CodingKey {
        case inChannels = "in_dim"
        case channels = "dim"
        case contextDimension = "context_dim"
        case outChannels = "out_dim"
        case multipliers = "dim_mult"
        case firstHeads = "num_heads"
        case headDimension = "head_dim"
        case resnetsPerLevel = "num_res_blocks"
        case attentionScales = "attn_scales"
        case normGroups = "norm_num_groups"
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
        channels = try read(.channels, channels)
        contextDimension = try read(.contextDimension, contextDimension)
        outChannels = try read(.outChannels, outChannels)
        multipliers = try read(.multipliers, multipliers)
        firstHeads = try read(.firstHeads, firstHeads)
        headDimension = try read(.headDimension, headDimension)
        resnetsPerLevel = try read(.resnetsPerLevel, resnetsPerLevel)
        attentionScales = try read(.attentionScales, attentionScales)
        normGroups = try read(.normGroups, normGroups)
    }

    /// Whether each level has transformers, from the largest size.
    public var hasAttention: [Bool] {
        multipliers.indices.map { attentionScales.contains(1 / Double(1 << $0)) }
    }

    /// The network as one of the text-to-video family.
    package var network: UNet3DConfiguration {
        var network = UNet3DConfiguration()
        network.inChannels = inChannels
        network.outChannels = outChannels
        network.blockOutChannels = multipliers.map { $0 * channels }
        network.downBlockTypes = hasAttention.map { $0 ? .crossAttentionDown : .down }
        network.upBlockTypes = hasAttention.reversed().map { $0 ? .crossAttentionUp : .up }
        network.layersPerBlock = resnetsPerLevel
        network.crossAttentionDimension = contextDimension
        network.attentionHeadDimension = headDimension
        network.normGroups = normGroups
        network.normEpsilon = 1e-5
        network.transformerInHeads = firstHeads
        network.temporalNormGroups = normGroups
        network.form = UNet3DConfiguration.Form(
            stemChannels: channels, padding: .twoRows, hasTemporalLayersForImages: true)
        return network
    }

    /// Throws if no network can have these sizes.
    public func validate() throws(ConfigurationError) {
        func require(_ holds: Bool, _ field: CodingKeys, _ rule: String) throws(ConfigurationError)
        {
            guard holds else { throw .invalid(field: field.rawValue, rule: rule) }
        }
        let range = SizeLimits.channels
        try ConfigurationError.require([
            (CodingKeys.inChannels.rawValue, inChannels, range),
            (CodingKeys.channels.rawValue, channels, range),
            (CodingKeys.contextDimension.rawValue, contextDimension, range),
            (CodingKeys.outChannels.rawValue, outChannels, range),
            (CodingKeys.firstHeads.rawValue, firstHeads, SizeLimits.heads),
            (CodingKeys.headDimension.rawValue, headDimension, range),
            (CodingKeys.resnetsPerLevel.rawValue, resnetsPerLevel, SizeLimits.layersPerBlock),
            (CodingKeys.normGroups.rawValue, normGroups, range),
        ])
        try ConfigurationError.require(
            CodingKeys.multipliers.rawValue, multipliers, counts: SizeLimits.levels,
            range: 1...range.upperBound / channels)
        try require(
            channels % normGroups == 0 && channels % 2 == 0, .channels,
            "must be even and a multiple of norm_num_groups (\(normGroups)), not \(channels)")
        try require(
            attentionScales.allSatisfy { $0 > 0 && $0 <= 1 && $0.significand == 1 },
            .attentionScales, "must hold 1, 1/2, 1/4 and so on, not \(attentionScales)")
        // The middle block works at the last level's size and always has transformers.
        let attended = zip(multipliers, hasAttention).filter(\.1).map(\.0) + multipliers.suffix(1)
        for width in attended.map({ $0 * channels }) {
            try require(
                headDimension <= width, .headDimension,
                "must be at most \(width), the channels of a level with transformers, "
                    + "not \(headDimension)")
        }
    }
}

/// Sizes of latents that come back to themselves: halving pads two rows above and below and one column at each side,
/// doubling drops the first and the last row.
extension Vid2VidConfiguration {
    /// What widths, and heights less two, must be multiples of.
    private var divisor: Int { 1 << (multipliers.count - 1) }

    /// The smallest size of latents that the network can work at and that `height` and `width` fit into.
    ///
    /// At the published sizes, heights are two more than a multiple of 8 (90), widths a multiple of 8 (160).
    public func fittingSize(height: Int, width: Int) -> (height: Int, width: Int) {
        func multiple(_ length: Int) -> Int { (length + divisor - 1) / divisor * divisor }
        return (multiple(max(height, 2) - 2) + 2, multiple(max(width, 1)))
    }

    /// Throws if the network cannot work at this size of latents.
    ///
    /// - Throws: `TensorError.shapeMismatch` with the nearest larger size that fits.
    public func requireFitting(height: Int, width: Int) throws(TensorError) {
        let fitting = fittingSize(height: height, width: width)
        guard fitting == (height, width) else {
            throw .shapeMismatch(
                place: "video-to-video UNet",
                expected: "latents whose height is 2 more than a multiple of \(divisor) and whose "
                    + "width is a multiple of \(divisor), such as \(fitting.height) by "
                    + "\(fitting.width)", actual: [height, width])
        }
    }
}
