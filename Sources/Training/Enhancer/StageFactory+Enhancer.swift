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
            network: network, encoder: encoder, settings: settings, seed: recipe.seed,
            defaults: .journeys(size: recipe.size * TrainingClip.enlargement))
    }
}
