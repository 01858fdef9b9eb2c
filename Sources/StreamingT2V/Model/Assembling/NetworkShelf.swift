import Torch
import TorchNN
import VideoModels

/// The shelf of the first two stages.
final class NetworkShelf: PartShelf {
    /// Networks with or without weights at the moment.
    let pipeline: StreamingPipeline
    /// Tokenizer, and the text transformer with or without weights.
    let prompts: PromptEncoder
    let folder: ModelFolder

    /// Makes the networks of a model, without weights.
    ///
    /// - Parameter residency: `nil` keeps all of a model whose chunks share a UNet, and stages one whose chunks do not.
    init(
        _ folder: ModelFolder, device: Device, dtype: DType, residency: Residency?
    ) throws {
        let hasOwnBase = try folder.hasOwnStreamingBase()
        let sizes = folder.has(.streaming) ? try folder.streamingConfiguration() : nil
        let configuration = try folder.unetConfiguration()
        let pipeline = StreamingPipeline(
            unet: UNet3D(configuration, streaming: sizes),
            firstUNet: hasOwnBase ? UNet3D(configuration) : nil,
            autoencoder: AutoencoderKL(try folder.autoencoderConfiguration()),
            streaming: try sizes.map {
                StreamingPipeline.Streaming(
                    configuration: $0,
                    extractor: ConditioningExtractor(configuration, streaming: $0),
                    projector: AnchorTokenProjector(
                        $0, channels: configuration.crossAttentionDimension),
                    imageEncoder: CLIPImageEncoder(try folder.imageConfiguration()))
            },
            scheduler: try folder.scheduler(), device: device)
        let prompts = PromptEncoder(
            tokenizer: try folder.tokenizer(),
            encoder: CLIPTextEncoder(try folder.textConfiguration()), device: device)
        try folder.requireFit(prompts, streaming: sizes != nil)
        (self.folder, self.pipeline, self.prompts) = (folder, pipeline, prompts)
        super.init(
            [.textEncoder(prompts.encoder, of: folder)] + Self.parts(of: folder, pipeline),
            standIns: hasOwnBase ? [:] : [.firstUNet: .unet],
            preparation: .inference(dtype: dtype, device: device),
            residency: residency ?? (hasOwnBase ? .staged : .kept))
    }

    private static func parts(of folder: ModelFolder, _ pipeline: StreamingPipeline) -> [Part] {
        let (unet, streaming) = (pipeline.unet, pipeline.streaming)
        let hasOwnBase = pipeline.firstUNet != nil
        let further = Part(
            id: .unet, name: "unet",
            // Chunks that share the base have its weights in `unet/`.
            file: folder.weights(hasOwnBase ? .streaming : .unet), network: unet,
            lifetime: .until([.firstUNet])
        ) { try folder.load(unet, isStreaming: streaming != nil, $0) }
        let table: [Part?] = [
            pipeline.firstUNet.map { unet in
                Part(
                    id: .firstUNet, name: "unet of the first chunk", file: folder.weights(.unet),
                    network: unet, lifetime: .until([.unet, .extractor])
                ) { try folder.load(unet, isStreaming: false, $0) }
            },
            further,
            streaming.map(\.extractor).map { extractor in
                Part(
                    id: .extractor, name: "conditioning extractor (CAM)",
                    file: folder.weights(.streaming), network: extractor,
                    lifetime: .until([.firstUNet])
                ) { try folder.load(extractor, $0) }
            },
            streaming.map(\.projector).map { projector in
                Part(
                    id: .projector, name: "anchor projector (APM)",
                    file: folder.weights(.streaming), network: projector
                ) { try folder.load(projector, $0) }
            },
            streaming.map { .imageEncoder($0.imageEncoder, of: folder) },
            .autoencoder(pipeline.autoencoder, of: folder),
        ]
        return table.compactMap(\.self)
    }
}
