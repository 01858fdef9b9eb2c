/// What `streaming_t2v.ckpt` holds, told by the first component of its names.
///
/// Source: the release's `VideoLDM`, whose whole state the file is.
public enum StreamingCheckpoint {
    /// One of its networks; the raw value is the first component of its names.
    public enum Part: String, Sendable, CaseIterable {
        /// The UNet with its base weights, the mergers (CAM) and the mixing layers (APM).
        case unet = "base_model"
        /// The conditioning extractor (CAM), whatever its name says.
        case extractor = "unet"
        /// The token projector (APM).
        case projector = "resampler"
        /// OpenCLIP's image transformer, and what is left of its text half.
        case imageEncoder = "image_encoder"
        /// CLIP's text transformer.
        case textEncoder = "text_encoder"
        /// The autoencoder.
        case autoencoder = "vae"

        /// A name for people.
        public var title: String {
            switch self {
            case .unet: "UNet with mergers (CAM) and mixing layers (APM)"
            case .extractor: "conditioning extractor (CAM)"
            case .projector: "token projector (APM)"
            case .imageEncoder: "OpenCLIP's image transformer (APM)"
            case .textEncoder: "CLIP's text transformer"
            case .autoencoder: "autoencoder"
            }
        }
    }

    /// Tensors that are knowingly left aside, and why.
    public static let leftAside: [(pattern: String, reason: String)] =
        [
            "positional_embedding", "text_projection", "token_embedding.weight", "ln_final.*",
            "transformer.**", "attn_mask",
        ].map {
            (
                "image_encoder.model.\($0)",
                "OpenCLIP's text half; the anchor goes through its image half only"
            )
        } + [
            (
                "image_encoder.model.logit_scale",
                "scales likenesses in OpenCLIP's training; embeddings do without"
            ),
            (
                "text_encoder.text_model.embeddings.position_ids",
                "the numbers 0 to 76, which older versions of transformers store"
            ),
        ]

    private static let maps = leftAside.map {
        // Without a rule nothing else may be left over: the prefix is that of all keys.
        (CheckpointKeyMap(.ignore($0.pattern)), $0.reason)
    }

    /// Why a tensor is left aside, or nil if it is not.
    public static func reasonForLeaving(_ name: String) -> String? {
        maps.first { $0.0.mayRemain(name) }?.1
    }

    /// Tensors that belong to none of the parts, sorted.
    public static func foreignNames(_ names: some Sequence<String>) -> [String] {
        names.filter { name in
            Part(rawValue: String(name.prefix { $0 != "." })) == nil
                && reasonForLeaving(name) == nil
        }.sorted()
    }
}
