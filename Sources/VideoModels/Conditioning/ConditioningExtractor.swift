public import Torch
public import TorchNN

/// Reads the last frames of the previous chunk: a copy of the UNet's first half that sees them beside the noise.
///
/// Source: Henschel et al., StreamingT2V, section "Conditional Attention Module"; `unet.*` in the release's checkpoint.
public final class ConditioningExtractor: Module, UNetEncoding {
    let convIn: Convolution2D
    let timeEmbedding: TimestepEmbedding
    let transformerIn: TemporalTransformer
    let downBlocks: [UNetDownBlock]
    let midBlock: UNetMidBlock
    /// The pixel encoder of the conditional frames.
    public let frameEncoder: FrameEncoder
    private let configuration: UNet3DConfiguration
    private let textTokens: Int

    /// An extractor for a UNet of these sizes.
    ///
    /// - Parameter startsAtZero: see ``FrameEncoder``; matters for fresh weights only.
    public init(
        _ configuration: UNet3DConfiguration, streaming: StreamingConfiguration,
        startsAtZero: Bool = true
    ) {
        self.configuration = configuration
        let encoder = UNetEncoderLayers(configuration, mixing: nil)
        convIn = encoder.convIn
        timeEmbedding = encoder.timeEmbedding
        transformerIn = encoder.transformerIn
        downBlocks = encoder.downBlocks
        midBlock = encoder.midBlock
        frameEncoder = FrameEncoder(
            channels: streaming.frameEncoderChannels, outputs: configuration.blockOutChannels[0],
            startsAtZero: startsAtZero)
        textTokens = streaming.textTokens
    }

    /// The context that the extractor sees: text tokens only.
    public func context(
        _ tokens: Tensor, isCached: Bool = false
    ) throws(TensorError) -> AttentionContext {
        let length = tokens.shape[1]
        let text = length > textTokens ? try tokens.slice(1, 0..<textTokens) : tokens
        return AttentionContext(text, isCached: isCached)
    }

    /// Features for the mergers.
    ///
    /// - Parameters:
    ///   - sample: noisy latents `[B, C, F, H, W]`; the first frames, as many as were encoded, are read.
    ///   - timestep: `[B]`.
    ///   - context: see ``context(_:isCached:)``.
    ///   - encodedFrames: ``frameEncoder``'s output `[B·Fc, C, H, W]`, the same for all steps of a chunk.
    /// - Returns: skips and middle, `[B·Fc, C, H, W]` each.
    public func callAsFunction(
        _ sample: Tensor, timestep: Tensor, context: AttentionContext, encodedFrames: Tensor
    ) throws(TensorError) -> UNetFeatures {
        let (first, frames) = try conditionalPart(of: sample, encodedFrames)
        let inputs = try inputs(
            configuration, timestep: timestep, context: context, frames: frames)
        return try encode(first, inputs, adding: encodedFrames)
    }

    /// The first skip of the features alone, which takes neither time step nor text: what a shallow evaluation needs.
    ///
    /// - Parameters:
    ///   - sample: noisy latents `[B, C, F, H, W]`.
    ///   - encodedFrames: see ``callAsFunction(_:timestep:context:encodedFrames:)``.
    /// - Returns: `[B·Fc, C, H, W]`.
    public func entry(_ sample: Tensor, encodedFrames: Tensor) throws(TensorError) -> Tensor {
        let (first, frames) = try conditionalPart(of: sample, encodedFrames)
        return try enter(
            first, frames: frames, hasTime: configuration.hasTime(frames: frames),
            adding: encodedFrames)
    }

    /// The frames of the sample that have conditional ones beside them, `[B·Fc, C, H, W]`, and `Fc`.
    private func conditionalPart(
        of sample: Tensor, _ encodedFrames: Tensor
    ) throws(TensorError) -> (Tensor, Int) {
        let (batch, _, _, _, _) = try sample.shape5()
        let frames = encodedFrames.shape[0] / max(batch, 1)
        return (try sample.slice(2, 0..<frames).framesAsBatch(), frames)
    }
}
