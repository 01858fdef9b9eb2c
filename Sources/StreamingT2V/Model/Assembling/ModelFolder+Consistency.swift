import VideoModels

extension ModelFolder {
    /// Throws unless the configurations of all parts fit each other; reads no weights.
    func requireConsistency(_ defaults: GenerationDefaults) throws {
        let unet = try unetConfiguration()
        let autoencoder = try autoencoderConfiguration()
        let text = try textConfiguration()
        try requireEqual(
            ("unet/ has in_channels", unet.inChannels),
            ("vae/ has latent_channels", autoencoder.latentChannels))
        try requireEqual(
            ("unet/ has in_channels", unet.inChannels), ("out_channels", unet.outChannels))
        try requireEqual(
            ("unet/ has cross_attention_dim", unet.crossAttentionDimension),
            ("text_encoder/ has hidden_size", text.hiddenSize))
        for (field, side) in [
            ("height", defaults.sampling.height), ("width", defaults.sampling.width),
        ]
        where side % autoencoder.factor != 0 {
            throw inconsistent(
                "generation.json has \(field) \(side), which is no multiple of the "
                    + "\(autoencoder.factor) pixels that one latent of vae/ covers")
        }
        if has(.streaming) { try requireStreamingFits(unet, autoencoder) }
    }

    private func requireStreamingFits(
        _ unet: UNet3DConfiguration, _ autoencoder: AutoencoderConfiguration
    ) throws {
        let streaming = try streamingConfiguration()
        let groups = streaming.mergerNormGroups
        for channels in unet.blockOutChannels where channels % groups != 0 {
            throw inconsistent(
                "streaming/ has merger_norm_num_groups \(groups), which does not divide the "
                    + "\(channels) channels of unet/")
        }
        let image = try imageConfiguration()
        try requireEqual(
            ("image_encoder/ has output_dim", image.outputDimension),
            ("streaming/ has image_embedding_dim", streaming.imageEmbeddingDimension))
        try requireEqual(
            ("one latent of vae/ covers pixels", autoencoder.factor),
            (
                "one feature of streaming/'s frame encoder",
                1 << (streaming.frameEncoderChannels.count - 1)
            ))
    }

    /// Throws unless the configurations of the enhancer and of the parts that it uses fit each other; reads no weights.
    func requireEnhancerConsistency() throws {
        let sizes = try enhancerConfiguration()
        let autoencoder = try partOfEnhancer(.vae).autoencoderConfiguration()
        if try hasOwnDecoder(), try autoencoder != autoencoderConfiguration() {
            throw inconsistent(
                "enhancer/vae/ is the end of a decoder for another autoencoder than vae/ (their config.json differ); "
                    + "give the model that the enhancer belongs to")
        }
        let text = try partOfEnhancer(.textEncoder).textConfiguration()
        try requireEqual(
            ("enhancer/ has in_dim", sizes.inChannels),
            ("its autoencoder has latent_channels", autoencoder.latentChannels))
        try requireEqual(
            ("enhancer/ has in_dim", sizes.inChannels), ("out_dim", sizes.outChannels))
        try requireEqual(
            ("enhancer/ has context_dim", sizes.contextDimension),
            ("its text encoder has hidden_size", text.hiddenSize))
    }

    /// Throws unless tokens of `tokenizer/` are what `text_encoder/` and, if the prompts are for it, `streaming/` read.
    func requireFit(_ prompts: PromptEncoder, streaming: Bool) throws {
        let tokenizer = prompts.tokenizer
        let text = prompts.encoder.configuration
        guard tokenizer.contextLength <= text.contextLength else {
            throw inconsistent(
                "tokenizer/ makes \(tokenizer.contextLength) tokens, text_encoder/ reads "
                    + "\(text.contextLength) (max_position_embeddings)")
        }
        let largest = max(
            tokenizer.vocabulary.values.max() ?? 0, tokenizer.addedTokens.values.max() ?? 0,
            tokenizer.paddingIdentifier)
        guard largest < text.vocabularySize else {
            throw inconsistent(
                "tokenizer/ has the token number \(largest), text_encoder/ has vocab_size "
                    + "\(text.vocabularySize)")
        }
        if streaming {
            try requireEqual(
                ("tokenizer/ makes tokens", tokenizer.contextLength),
                ("streaming/ has text_tokens", streamingConfiguration().textTokens))
        }
    }

    private func requireEqual(
        _ left: (what: String, value: Int), _ right: (what: String, value: Int)
    ) throws(GenerationError) {
        guard left.value == right.value else {
            throw inconsistent("\(left.what) \(left.value), \(right.what) \(right.value)")
        }
    }

    private func inconsistent(_ reason: String) -> GenerationError {
        .inconsistentModel(folder: url.path, reason: reason)
    }
}
