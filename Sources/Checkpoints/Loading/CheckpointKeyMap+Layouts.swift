// The published layouts, each as a table that reads like its index: our property on the left, its key on the right.

let transformerRules: [CheckpointKeyMap.Rule] = [
    .rename("transformerBlocks", to: "transformer_blocks"),
    .rename("projIn", to: "proj_in"),
    .rename("projOut", to: "proj_out"),
    .rename("toQ", to: "to_q"),
    .rename("toK", to: "to_k"),
    .rename("toV", to: "to_v"),
    .rename("toOut", to: "to_out.0"),
    .rename("attn2.attention", to: "attn2"),
    .rename("attn2.mixing.conv", to: "attn2.conv"),
    .rename("attn2.mixing.norm", to: "attn2.conv_ln"),
    .rename("attn2.mixing.alpha", to: "attn2.alpha"),
    .rename("ff.projection", to: "ff.net.0.proj"),
    .rename("ff.output", to: "ff.net.2"),
]

let temporalConvolutionRules: [CheckpointKeyMap.Rule] = [
    .rename("conv1.norm", to: "conv1.0"),
    .rename("conv1.conv", to: "conv1.2"),
    .rename("conv2.norm", to: "conv2.0"),
    .rename("conv2.conv", to: "conv2.3"),
    .rename("conv3.norm", to: "conv3.0"),
    .rename("conv3.conv", to: "conv3.3"),
    .rename("conv4.norm", to: "conv4.0"),
    .rename("conv4.conv", to: "conv4.3"),
]

private let unetRules: [CheckpointKeyMap.Rule] =
    transformerRules + temporalConvolutionRules + [
        .rename("convIn", to: "conv_in"),
        .rename("timeEmbedding", to: "time_embedding"),
        .rename("linear1", to: "linear_1"),
        .rename("linear2", to: "linear_2"),
        .rename("transformerIn", to: "transformer_in"),
        .rename("downBlocks", to: "down_blocks"),
        .rename("midBlock", to: "mid_block"),
        .rename("upBlocks", to: "up_blocks"),
        .rename("timeProjection", to: "time_emb_proj"),
        .rename("convShortcut", to: "conv_shortcut"),
        .rename("tempConvs", to: "temp_convs"),
        .rename("tempAttentions", to: "temp_attentions"),
        .rename("convNormOut", to: "conv_norm_out"),
        .rename("convOut", to: "conv_out"),
        .rename("skipMergers.*", to: "cross_attention_merger_down_blocks.*.temporal_transformer"),
        .rename("middleMerger", to: "cross_attention_merger_mid_block.temporal_transformer"),
        .rename("frameEncoder", to: "controlnet_cond_embedding"),
    ]

extension CheckpointKeyMap {
    /// The video UNet in a diffusers folder (`unet/`).
    public static let unet = CheckpointKeyMap(rules: unetRules).of(.videoUNet)

    /// The video UNet with mergers and mixing layers in `streaming_t2v.ckpt`.
    public static let streamingUNet = CheckpointKeyMap(prefix: "base_model", rules: unetRules)
        .of(.streaming)

    /// The conditioning extractor in `streaming_t2v.ckpt`, which calls it `unet`.
    public static let conditioningExtractor = CheckpointKeyMap(prefix: "unet", rules: unetRules)
        .of(.streaming)

    /// The token projector in `streaming_t2v.ckpt`.
    public static let anchorTokenProjector = CheckpointKeyMap(
        prefix: "resampler",
        .rename("linear1", to: "context_embedding.0"),
        .rename("linear2", to: "context_embedding.2")
    ).of(.streaming)

    private static let newAttentionNames = ["to_q", "to_k", "to_v", "to_out.0"]
    private static let oldAttentionNames = ["query", "key", "value", "proj_attn"]

    /// From an autoencoder's names in diffusers before 0.18 to those since; see ``autoencoder(prefix:hasOldAttentionNames:)``.
    static let autoencoderRenaming = CheckpointKeyMap(
        rules: zip(oldAttentionNames, newAttentionNames).map {
            .rename("attentions.*.\($0)", to: "attentions.*.\($1)")
        })

    /// The autoencoder in a diffusers folder (`vae/`), or behind a prefix.
    ///
    /// - Parameter hasOldAttentionNames: whether the file is of diffusers before 0.18, which called the attention's
    ///   projections `query`, `key`, `value` and `proj_attn`.
    public static func autoencoder(
        prefix: String = "", hasOldAttentionNames: Bool = false
    ) -> CheckpointKeyMap {
        let attention = hasOldAttentionNames ? oldAttentionNames : newAttentionNames
        return CheckpointKeyMap(
            prefix: prefix,
            .rename("convIn", to: "conv_in"),
            .rename("convOut", to: "conv_out"),
            .rename("convNormOut", to: "conv_norm_out"),
            .rename("convShortcut", to: "conv_shortcut"),
            .rename("downBlocks", to: "down_blocks"),
            .rename("midBlock", to: "mid_block"),
            .rename("upBlocks", to: "up_blocks"),
            .rename("quantConv", to: "quant_conv"),
            .rename("postQuantConv", to: "post_quant_conv"),
            .rename("attentions.*.groupNorm", to: "attentions.*.group_norm"),
            .rename("attentions.*.attention", to: "attentions.*"),
            .rename("toQ", to: attention[0]),
            .rename("toK", to: attention[1]),
            .rename("toV", to: attention[2]),
            .rename("toOut", to: attention[3])
        ).of(.autoencoder)
    }

    /// CLIP's text transformer in a transformers folder (`text_encoder/`), or behind a prefix.
    public static func textEncoder(prefix: String = "") -> CheckpointKeyMap {
        CheckpointKeyMap(
            prefix: prefix,
            .rename("embeddings", to: "text_model.embeddings"),
            .rename("tokenEmbedding", to: "token_embedding"),
            .rename("positionEmbedding", to: "position_embedding"),
            .rename("layers", to: "text_model.encoder.layers"),
            .rename("layerNorm1", to: "layer_norm1"),
            .rename("layerNorm2", to: "layer_norm2"),
            .rename("selfAttention", to: "self_attn"),
            .rename("toQ", to: "q_proj"),
            .rename("toK", to: "k_proj"),
            .rename("toV", to: "v_proj"),
            .rename("toOut", to: "out_proj"),
            .rename("fc1", to: "mlp.fc1"),
            .rename("fc2", to: "mlp.fc2"),
            .rename("finalLayerNorm", to: "text_model.final_layer_norm"),
            .rename("textProjection", to: "text_projection"),
            .ignore(
                (prefix.isEmpty ? "" : prefix + ".") + "text_model.embeddings.position_ids")
        ).of(.textEncoder)
    }

    /// OpenCLIP's image transformer, behind `visual` or a longer prefix.
    public static func imageEncoder(prefix: String = "visual") -> CheckpointKeyMap {
        CheckpointKeyMap(
            prefix: prefix,
            .rename("classEmbedding", to: "class_embedding"),
            .rename("positionalEmbedding", to: "positional_embedding"),
            .rename("normPre", to: "ln_pre"),
            .rename("layers", to: "transformer.resblocks"),
            .rename("layers.*.projection", to: "transformer.resblocks.*.mlp.c_proj"),
            .rename("norm1", to: "ln_1"),
            .rename("norm2", to: "ln_2"),
            .rename("attention", to: "attn"),
            .rename("inProjectionWeight", to: "in_proj_weight"),
            .rename("inProjectionBias", to: "in_proj_bias"),
            .rename("outProjection", to: "out_proj"),
            .rename("fc", to: "mlp.c_fc"),
            .rename("normPost", to: "ln_post"),
            .rename("projection", to: "proj")
        ).of(.imageEncoder)
    }
}
