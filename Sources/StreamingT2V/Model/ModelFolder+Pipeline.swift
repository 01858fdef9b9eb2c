import Foundation
import Torch
import TorchNN
import VideoModels

extension ModelFolder {
    /// Throws unless the folder holds what the first stage needs.
    func requireModel() throws(GenerationError) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder),
            isFolder.boolValue
        else { throw .notAModel(folder: url.path, missing: "the folder itself") }
        for component in [Component.unet, .vae, .textEncoder, .tokenizer, .scheduler] {
            guard has(component) else {
                throw .notAModel(folder: url.path, missing: "\(component.rawValue)/")
            }
        }
        if has(.streaming), !has(.imageEncoder) {
            throw .notAModel(folder: url.path, missing: "image_encoder/")
        }
    }

    /// How the model wants to be sampled; the release's values where the folder says nothing.
    public func generationDefaults() throws -> GenerationDefaults {
        let file = url.appendingPathComponent("generation.json")
        guard FileManager.default.fileExists(atPath: file.path) else { return GenerationDefaults() }
        let defaults = try decode(GenerationDefaults.self, at: file)
        try defaults.validate(trainSteps: try scheduler().trainSteps)
        return defaults
    }

    /// Tokenizer and text transformer.
    func promptEncoder(device: Device) throws -> PromptEncoder {
        let encoder = try textEncoder()
        let prompts = PromptEncoder(tokenizer: try tokenizer(), encoder: encoder, device: device)
        try requireFit(prompts, streaming: has(.streaming))
        try encoder.move(to: device)
        return prompts
    }

    /// All networks behind the text transformer, ready for inference.
    func pipeline(device: Device, dtype: DType) throws -> StreamingPipeline {
        let sizes = has(.streaming) ? try streamingConfiguration() : nil
        let unet = try unet(streaming: sizes)
        let autoencoder = try autoencoder()
        var networks: [any Module] = [unet, autoencoder]
        var streaming: StreamingPipeline.Streaming?
        if let sizes {
            let (extractor, projector) = try conditioning(sizes)
            let imageEncoder = try imageEncoder()
            networks += [extractor, projector, imageEncoder] as [any Module]
            streaming = StreamingPipeline.Streaming(
                configuration: sizes, extractor: extractor, projector: projector,
                imageEncoder: imageEncoder)
        }
        for network in networks {
            try network.move(to: device)
            try network.prepare(for: .inference(dtype: dtype, device: device))
        }
        return StreamingPipeline(
            unet: unet, autoencoder: autoencoder, streaming: streaming,
            scheduler: try scheduler(), device: device)
    }
}
