import StreamingT2V

extension StageFactory {
    /// The whole denoiser as it was trained, which is its own teacher; the changes as the model to start from has them, else
    /// fresh.
    func distillation() throws -> any TrainingStage {
        let encoder = try encoder()
        let base = try made(.unet, by: .frames)
        let parts = try made(.streaming, by: .apm)
        guard try !parts.hasOwnStreamingBase() else {
            throw TrainingError.invalidRecipe(
                "stage distillation needs a model whose chunks share one UNet; the streaming parts of "
                    + "\(parts.url.path) bring their own")
        }
        let sizes = try parts.streamingConfiguration()
        let images = try made(.imageEncoder, by: .clip).imageEncoder()
        return try DistillationStage(
            encoder: encoder, settings: settings, seed: recipe.seed,
            defaults: base.generationDefaults(),
            configuration: DistilledConfiguration(unet: base, streaming: parts),
            start: base == start && parts == start ? start?.distilledChanges() : nil
        ) {
            let (extractor, projector) = try parts.conditioning(sizes)
            let streaming = StreamingPipeline.Streaming(
                configuration: sizes, extractor: extractor, projector: projector,
                imageEncoder: images)
            let pipeline = StreamingPipeline(
                unet: try base.unet(streaming: sizes, of: parts),
                autoencoder: encoder.autoencoder, streaming: streaming,
                scheduler: try base.scheduler(), device: .cpu)
            return (pipeline, streaming)
        }
    }
}
