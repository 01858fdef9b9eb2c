/// What a checkpoint seems to be, told by the names of its tensors.
public enum CheckpointContents: String, Codable, Sendable, CaseIterable {
    /// CAM and APM, with or without the base UNet: `streaming_t2v.ckpt`.
    case streaming
    /// A text-to-video UNet as in a diffusers folder.
    case videoUNet = "video_unet"
    /// A text-to-image UNet as in a diffusers folder.
    case imageUNet = "image_unet"
    /// The enhancer's UNet: `non_ema_0035000.pth`.
    case enhancerUNet = "enhancer_unet"
    /// An autoencoder as in a diffusers folder.
    case autoencoder
    /// The last layers of an autoencoder's decoder, as in an enhancer of our own.
    case decoderEnd = "decoder_end"
    /// Low-rank changes of a video UNet's weights.
    case adapter
    /// A whole model of the original latent diffusion code, with its autoencoder: `v2-1_512-ema-pruned.ckpt`.
    case latentDiffusion = "latent_diffusion"
    /// CLIP's text transformer as in a transformers folder.
    case textEncoder = "text_encoder"
    /// CLIP's text and image transformers as in a transformers folder.
    case transformersCLIP = "transformers_clip"
    /// OpenCLIP's text and image transformers: `open_clip_pytorch_model.bin`.
    case openCLIP = "open_clip"
    /// OpenCLIP's image transformer alone.
    case imageEncoder = "image_encoder"

    /// Recognises a checkpoint, or gives nil.
    ///
    /// - Parameter names: names of all its tensors.
    public init?(names: some Sequence<String>) {
        let names = Set(names)
        func has(_ name: String) -> Bool { names.contains(name) }
        if !names.isEmpty, names.allSatisfy({ $0.contains(".lora_") }) {
            self = .adapter
        } else if names.contains(where: { $0.hasPrefix("base_model.cross_attention_merger") }) {
            self = .streaming
        } else if has("first_stage_model.encoder.conv_in.weight") {
            self = .latentDiffusion
        } else if has("input_blocks.0.0.weight"),
            names.contains(where: { $0.contains(".temopral_conv.") })
        {
            self = .enhancerUNet
        } else if has("encoder.conv_in.weight"), has("decoder.conv_in.weight") {
            self = .autoencoder
        } else if has("decoder.conv_out.weight"), !names.isEmpty,
            names.allSatisfy({ $0.hasPrefix("decoder.") }), !has("decoder.conv_in.weight")
        {
            self = .decoderEnd
        } else if has("conv_in.weight"), has("time_embedding.linear_1.weight") {
            self = has("transformer_in.norm.weight") ? .videoUNet : .imageUNet
        } else if has("text_model.embeddings.token_embedding.weight") {
            self =
                names.contains { $0.hasPrefix("vision_model.") } ? .transformersCLIP : .textEncoder
        } else if has("visual.conv1.weight") {
            self = has("token_embedding.weight") ? .openCLIP : .imageEncoder
        } else {
            return nil
        }
    }

    /// A name for people.
    public var title: String {
        switch self {
        case .streaming: "StreamingT2V's CAM and APM"
        case .videoUNet: "a text-to-video UNet (diffusers)"
        case .imageUNet: "a text-to-image UNet (diffusers)"
        case .enhancerUNet: "the enhancer's UNet (Video-to-Video)"
        case .autoencoder: "an autoencoder (diffusers)"
        case .decoderEnd: "the end of an enhancer's decoder"
        case .adapter: "low-rank changes for few steps"
        case .latentDiffusion: "a model of the original latent diffusion code"
        case .textEncoder: "CLIP's text transformer (transformers)"
        case .transformersCLIP: "CLIP's text and image transformers (transformers)"
        case .openCLIP: "OpenCLIP's text and image transformers"
        case .imageEncoder: "OpenCLIP's image transformer"
        }
    }

    /// The name of a safetensors file with it: diffusers expects one, transformers and everybody else the other.
    public var fileName: String {
        switch self {
        case .videoUNet, .imageUNet, .enhancerUNet, .autoencoder, .decoderEnd:
            "diffusion_pytorch_model.safetensors"
        case .streaming, .latentDiffusion, .textEncoder, .transformersCLIP, .openCLIP,
            .imageEncoder, .adapter:
            Self.plainFileName
        }
    }

    /// The name of a safetensors file whose contents are unknown.
    static let plainFileName = "model.safetensors"

    /// The names under which a safetensors file is found in a folder.
    static let usualFileNames = Set(allCases.map(\.fileName)).union([plainFileName]).sorted()

    /// The folder of a model that it belongs into, or nil if no model of this project has it.
    public var place: String? {
        switch self {
        case .streaming: "streaming"
        case .videoUNet: "unet"
        case .autoencoder, .latentDiffusion: "vae"
        case .textEncoder: "text_encoder"
        case .imageEncoder, .openCLIP: "image_encoder"
        case .enhancerUNet: "enhancer"
        case .decoderEnd: "enhancer/vae"
        case .adapter: "distilled"
        case .imageUNet, .transformersCLIP: nil
        }
    }

    /// The field of a request that names it, or nil if there is none.
    public var field: String? {
        switch self {
        case .streaming: "streaming_checkpoint"
        case .videoUNet: "base"
        case .autoencoder, .latentDiffusion: "vae"
        case .textEncoder: "text_encoder"
        case .imageEncoder, .openCLIP: "image_encoder"
        case .enhancerUNet, .decoderEnd, .imageUNet, .transformersCLIP, .adapter: nil
        }
    }

    /// What a user without such a checkpoint takes, or nil if nothing asks for it.
    public var source: String? {
        switch self {
        case .streaming: "streaming_t2v.ckpt of the StreamingT2V release"
        case .videoUNet: "the folder of text-to-video-ms-1.7b, or the file in its unet/"
        case .autoencoder: "vae/ of text-to-video-ms-1.7b"
        case .textEncoder: "text_encoder/ of text-to-video-ms-1.7b"
        case .imageEncoder: "open_clip_pytorch_model.bin of OpenCLIP's ViT-H-14 (laion2b_s32b_b79k)"
        case .enhancerUNet: "non_ema_0035000.pth of Video-to-Video"
        case .decoderEnd, .imageUNet, .latentDiffusion, .transformersCLIP, .openCLIP, .adapter: nil
        }
    }
}
