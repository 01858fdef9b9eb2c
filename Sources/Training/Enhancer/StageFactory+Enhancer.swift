import VideoModels

extension StageFactory {
    /// The enhancer's denoiser: as the model to start from has it, else fresh.
    func enhancer() throws -> any TrainingStage {
        let encoder = try encoder()
        let network: Vid2VidUNet
        if let start, start.has(.enhancer) {
            network = try start.enhancer()
        } else {
            network = Vid2VidUNet(
                .journeys(
                    latentChannels: encoder.autoencoder.configuration.latentChannels,
                    textWidth: encoder.text.configuration.hiddenSize))
            try network.initialize(seed: recipe.seed)
        }
        return try EnhancerStage(
            network: network, encoder: encoder, decoder: decoder(encoder), settings: settings,
            seed: recipe.seed,
            defaults: .journeys(size: recipe.size * TrainingClip.enlargement))
    }

    /// The autoencoder that makes the large pictures: one of its own where its decoder learns or has learned.
    private func decoder(_ encoder: ClipEncoder) throws -> AutoencoderKL {
        let base = try made(.vae, by: .autoencoder)
        if let start, try start.hasOwnDecoder() {
            return try base.withEnhancer(start.folder(.enhancer)).enhancerAutoencoder()
        }
        return settings.trainsDecoder == true ? try base.autoencoder() : encoder.autoencoder
    }
}
