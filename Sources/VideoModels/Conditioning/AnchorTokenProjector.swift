public import Torch
public import TorchNN

/// Turns the anchor frame's embedding into tokens for the cross-attentions.
///
/// Source: `resampler.*` of the release (`image_embedder.py`): mean over the frames and two linear layers.
public final class AnchorTokenProjector: Module {
    let linear1: Linear
    let linear2: Linear
    private let tokens: Int
    private let channels: Int

    /// A projector to `imageTokens` tokens of `channels`.
    public init(_ configuration: StreamingConfiguration, channels: Int) {
        linear1 = Linear(configuration.imageEmbeddingDimension, configuration.projectorDimension)
        linear2 = Linear(configuration.projectorDimension, configuration.imageTokens * channels)
        tokens = configuration.imageTokens
        self.channels = channels
    }

    /// Embeddings `[B·n, E]` of `n` anchor frames per video to tokens `[B, imageTokens, D]`.
    public func callAsFunction(
        _ embeddings: Tensor, framesPerVideo: Int = 1
    ) throws(TensorError) -> Tensor {
        let videos = embeddings.shape[0] / framesPerVideo
        let mean = try embeddings.reshaped(videos, framesPerVideo, -1).mean([1])  // [B, E]
        return try linear2(linear1(mean).silu()).reshaped(videos, tokens, channels)
    }
}
