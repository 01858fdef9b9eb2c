import Checkpoints
import Foundation
import StreamingT2V
import Torch
import TorchNN
import VideoModels

/// Writes the denoiser's parts in the published layout.
struct DenoiserExport {
    let pipeline: StreamingPipeline
    let defaults: GenerationDefaults

    /// `unet/`, `scheduler/`, `generation.json`, `model_index.json`.
    func writeBase(to folder: ModelFolder) throws {
        try folder.save(pipeline.unet.configuration, of: .unet)
        try folder.save(
            pipeline.unet.namedTensors(.unet, where: { !UNet3D.isStreamingParameter($0) }),
            of: .unet)
        try folder.save(pipeline.scheduler, of: .scheduler)
        let file = folder.url.appendingPathComponent("generation.json")
        if !FileManager.default.fileExists(atPath: file.path) {
            try folder.write(defaults, to: file)
        }
        try folder.write(
            ["_class_name": "StreamingT2VPipeline"],
            to: folder.url.appendingPathComponent("model_index.json"))
    }

    /// `streaming/`: mergers and mixing layers, extractor and projector, under the names of the release.
    func writeStreaming(to folder: ModelFolder) throws {
        guard let streaming = pipeline.streaming else { return }
        try folder.save(streaming.configuration, of: .streaming)
        let tensors =
            try pipeline.unet.namedTensors(.streamingUNet, where: UNet3D.isStreamingParameter)
            + streaming.extractor.namedTensors(.conditioningExtractor)
            + streaming.projector.namedTensors(.anchorTokenProjector)
        try folder.save(tensors, of: .streaming)
    }
}
