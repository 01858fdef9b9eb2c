import Checkpoints
import StreamingT2V
import Torch
import TorchNN
import VideoModels

/// A copy of the denoiser that computes with changed weights.
struct Student {
    let pipeline: StreamingPipeline
    let streaming: StreamingPipeline.Streaming
    /// Changes of its weights.
    private let updates: [LowRankUpdate]

    /// - Parameters:
    ///   - pipeline: with weights of its own.
    ///   - changes: what ``changes(of:_:rank:seed:)`` made for such a pipeline.
    init(
        _ pipeline: StreamingPipeline, _ streaming: StreamingPipeline.Streaming,
        changes: [(names: AdaptedArchive.Change, update: LowRankUpdate)]
    ) {
        (self.pipeline, self.streaming) = (pipeline, streaming)
        let weights = Self.weights(pipeline.unet, streaming.extractor)
        updates = zip(weights, changes).map { LowRankUpdate(of: $0.parameter, sharing: $1.update) }
    }

    /// Fresh changes of all layers, without effect yet.
    static func changes(
        of pipeline: StreamingPipeline, _ streaming: StreamingPipeline.Streaming, rank: Int,
        seed: UInt64
    ) throws -> [(names: AdaptedArchive.Change, update: LowRankUpdate)] {
        try weights(pipeline.unet, streaming.extractor).map { names, parameter in
            let update = LowRankUpdate(of: parameter, rank: rank)
            try update.initialize(seed: seed, name: names.up)
            return (names, update)
        }
    }

    /// The weights of all layers, and what their changes are called in the model's files.
    private static func weights(
        _ unet: UNet3D, _ extractor: ConditioningExtractor
    ) -> [(names: AdaptedArchive.Change, parameter: Parameter)] {
        let own = unet.parameters().map { path, parameter in
            let map: CheckpointKeyMap =
                UNet3D.isStreamingParameter(path) ? .streamingUNet : .unet
            return (map.checkpointKey(for: path), parameter)
        }
        let copied = extractor.parameters().map {
            (CheckpointKeyMap.conditioningExtractor.checkpointKey(for: $0), $1)
        }
        return (own + copied).compactMap { name, parameter in
            guard parameter.shape.count > 1, let names = AdaptedArchive.Change(of: name) else {
                return nil
            }
            return (names, parameter)
        }
    }

    /// Runs `body` with the changed weights.
    func studying<Result>(_ body: () throws -> Result) throws -> Result {
        defer { for update in updates { update.remove() } }
        for update in updates { try update.apply() }
        return try body()
    }
}
