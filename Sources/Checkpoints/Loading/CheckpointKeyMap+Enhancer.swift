// The layouts of the three published files of the enhancer (`damo/Video-to-Video`).

/// Resnets of the original diffusion code, where lists of layers have numbers for names.
private let numberedResnetRules: [CheckpointKeyMap.Rule] = [
    .rename("norm1", to: "in_layers.0"),
    .rename("conv1", to: "in_layers.2"),
    .rename("timeProjection", to: "emb_layers.1"),
    .rename("norm2", to: "out_layers.0"),
    .rename("conv2", to: "out_layers.3"),
    .rename("convShortcut", to: "skip_connection"),
    .rename("transformerBlocks.*.norm1", to: "transformer_blocks.*.norm1"),
    .rename("transformerBlocks.*.norm2", to: "transformer_blocks.*.norm2"),
]

/// Names of a block: resnet, temporal convolution, and the transformers, where there are any.
private func blockRules(
    _ level: String, _ index: Int, to block: String, first: Int = 0
) -> [CheckpointKeyMap.Rule] {
    [
        .rename("\(level).resnets.\(index)", to: "\(block).\(first)"),
        // The checkpoint spells it so.
        .rename("\(level).tempConvs.\(index)", to: "\(block).\(first).temopral_conv"),
        .rename("\(level).attentions.\(index)", to: "\(block).\(first + 1)"),
        .rename("\(level).tempAttentions.\(index)", to: "\(block).\(first + 2)"),
    ]
}

extension CheckpointKeyMap {
    /// The video-to-video UNet (`non_ema_0035000.pth`), whose blocks are numbered without regard to levels.
    ///
    /// - Parameters:
    ///   - hasAttention: whether each level has transformers, from the largest size.
    ///   - resnetsPerLevel: on the way down; the way up has one more.
    ///   - prefix: `state_dict` where the file has that outer key.
    /// - Precondition: there is a level.
    public static func vid2vidUNet(
        hasAttention: [Bool], resnetsPerLevel: Int, prefix: String = ""
    ) -> CheckpointKeyMap {
        var rules: [Rule] =
            transformerRules + temporalConvolutionRules + numberedResnetRules + [
                .rename("unet.timeEmbedding.linear1", to: "time_embed.0"),
                .rename("unet.timeEmbedding.linear2", to: "time_embed.2"),
                .rename("unet.timeEmbedding", to: "time_embed"),
                .rename("unet.convIn", to: "input_blocks.0.0"),
                .rename("unet.transformerIn", to: "input_blocks.0.1"),
                .rename("unet.convNormOut", to: "out.0"),
                .rename("unet.convOut", to: "out.2"),
                .store("transformerIn.projIn.weight", as: .unitAxes(1)),
                .store("transformerIn.projOut.weight", as: .unitAxes(1)),
                .store("tempAttentions.*.projIn.weight", as: .unitAxes(1)),
                .store("tempAttentions.*.projOut.weight", as: .unitAxes(1)),
            ]
        let last = hasAttention.count - 1
        var block = 1
        for level in 0...last {
            for index in 0..<resnetsPerLevel {
                rules += blockRules(
                    "unet.downBlocks.\(level)", index, to: "input_blocks.\(block)")
                block += 1
            }
            guard level < last else { break }
            let downsampler = "unet.downBlocks.\(level).downsamplers.0"
            rules.append(.rename(downsampler, to: "input_blocks.\(block)"))
            rules.append(.rename("\(downsampler).conv", to: "input_blocks.\(block).op"))
            block += 1
        }
        rules += blockRules("unet.midBlock", 0, to: "middle_block")
        rules += blockRules("unet.midBlock", 1, to: "middle_block", first: 3).prefix(2)
        block = 0
        for step in 0...last {
            for index in 0...resnetsPerLevel {
                rules += blockRules("unet.upBlocks.\(step)", index, to: "output_blocks.\(block)")
                block += 1
            }
            guard step < last else { break }
            let place = hasAttention[last - step] ? 3 : 1
            rules.append(
                .rename(
                    "unet.upBlocks.\(step).upsamplers.0", to: "output_blocks.\(block - 1).\(place)")
            )
        }
        return CheckpointKeyMap(prefix: prefix, rules: rules).of(.enhancerUNet)
    }

    /// The autoencoder of the original latent diffusion code, as in `v2-1_512-ema-pruned.ckpt`.
    ///
    /// Its decoder counts levels from the largest size, its attention has convolutions with kernel 1.
    ///
    /// - Parameters:
    ///   - levels: sizes that the network works at.
    ///   - prefix: first components of every key; all other keys are those of other networks.
    public static func latentDiffusionAutoencoder(
        levels: Int, prefix: String = "first_stage_model"
    ) -> CheckpointKeyMap {
        let steps: [Rule] = (0..<levels).map {
            .rename("upBlocks.\($0)", to: "up.\(levels - 1 - $0)")
        }
        let projections: [Rule] = ["toQ", "toK", "toV", "toOut"].map {
            .store("attention.\($0).weight", as: .unitAxes(2))
        }
        return CheckpointKeyMap(
            prefix: prefix,
            rules: steps + projections + [
                .rename("convIn", to: "conv_in"),
                .rename("convOut", to: "conv_out"),
                .rename("convNormOut", to: "norm_out"),
                .rename("convShortcut", to: "nin_shortcut"),
                .rename("downBlocks", to: "down"),
                .rename("resnets", to: "block"),
                .rename("downsamplers.0", to: "downsample"),
                .rename("upsamplers.0", to: "upsample"),
                .rename("midBlock.resnets.0", to: "mid.block_1"),
                .rename("midBlock.resnets.1", to: "mid.block_2"),
                .rename("midBlock.attentions.0.groupNorm", to: "mid.attn_1.norm"),
                .rename("midBlock.attentions.0.attention", to: "mid.attn_1"),
                .rename("toQ", to: "q"),
                .rename("toK", to: "k"),
                .rename("toV", to: "v"),
                .rename("toOut", to: "proj_out"),
                .rename("quantConv", to: "quant_conv"),
                .rename("postQuantConv", to: "post_quant_conv"),
            ]
        ).of(.autoencoder)
    }

    /// OpenCLIP's text transformer without its last layer, as in `open_clip_pytorch_model.bin`: the state before that
    /// layer, through the final norm, is what the enhancer was trained with.
    ///
    /// - Parameters:
    ///   - layers: layers that the network has, one less than the file.
    ///   - prefix: first components of every key.
    public static func openCLIPTextEncoder(layers: Int, prefix: String = "") -> CheckpointKeyMap {
        let start = prefix.isEmpty ? "" : prefix + "."
        let unused = [
            "transformer.resblocks.\(layers).**", "text_projection", "logit_scale", "attn_mask",
            "visual.**",
        ]
        var projections: [Rule] = []
        for (index, name) in ["toQ", "toK", "toV"].enumerated() {
            for part in ["weight", "bias"] {
                let path = "selfAttention.\(name).\(part)"
                projections.append(.rename(path, to: "attn.in_proj_\(part)"))
                projections.append(.store(path, as: .rows(index: index, of: 3)))
            }
        }
        return CheckpointKeyMap(
            prefix: prefix,
            rules: projections + unused.map { .ignore(start + $0) } + [
                .rename("embeddings.tokenEmbedding", to: "token_embedding"),
                .rename("embeddings.positionEmbedding.weight", to: "positional_embedding"),
                .rename("layers", to: "transformer.resblocks"),
                .rename("layerNorm1", to: "ln_1"),
                .rename("layerNorm2", to: "ln_2"),
                .rename("selfAttention.toOut", to: "attn.out_proj"),
                .rename("fc1", to: "mlp.c_fc"),
                .rename("fc2", to: "mlp.c_proj"),
                .rename("finalLayerNorm", to: "ln_final"),
            ]
        ).of(.textEncoder)
    }
}
