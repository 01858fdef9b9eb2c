import Schedulers
import Torch
import TorchNN
import VideoModels

/// The shelf of the third stage.
///
/// Its UNet and its autoencoder work in turns on every chunk, so they stay together whatever the residency: reading the
/// UNet again for each chunk would take longer than the chunk, and the autoencoder is small next to it. Only the text
/// transformer goes once the prompts are encoded, unless all networks are kept.
final class EnhancementShelf: PartShelf {
    /// The networks that make text tokens of the prompts.
    static let encoding: Set<Part.ID> = [.enhancerTextEncoder]
    /// The networks that enhance frames.
    static let enhancing: Set<Part.ID> = [.enhancer, .enhancerAutoencoder]

    /// Networks with or without weights at the moment.
    let pipeline: EnhancementPipeline
    /// Tokenizer, and the text transformer with or without weights.
    let prompts: PromptEncoder

    /// Makes the networks of a model's enhancer, without weights.
    init(_ folder: ModelFolder, device: Device, dtype: DType, residency: Residency) throws {
        let texts = folder.partOfEnhancer(.textEncoder)
        let prompts = PromptEncoder(
            tokenizer: try folder.enhancementTokenizer(),
            encoder: CLIPTextEncoder(try texts.textConfiguration()), device: device)
        try folder.requireFit(prompts, streaming: false)
        let unet = Vid2VidUNet(try folder.enhancerConfiguration())
        let owner = try folder.ownerOfEnhancerAutoencoder()
        let autoencoder = AutoencoderKL(try owner.autoencoderConfiguration())
        pipeline = EnhancementPipeline(
            unet: unet, autoencoder: autoencoder, schedule: try LogSNRSchedule(), device: device)
        self.prompts = prompts
        super.init(
            [
                .textEncoder(
                    prompts.encoder, of: texts, as: .enhancerTextEncoder,
                    name: "text_encoder of the enhancer"),
                Part(
                    id: .enhancer, name: "enhancer", file: folder.weights(.enhancer), network: unet
                ) { try folder.load(unet, $0) },
                Part(
                    id: .enhancerAutoencoder, name: "vae of the enhancer",
                    file: owner.weights(.vae),
                    network: autoencoder
                ) { try folder.loadForEnhancer(autoencoder, $0) },
            ],
            preparation: .inference(dtype: dtype, device: device), residency: residency)
    }
}
