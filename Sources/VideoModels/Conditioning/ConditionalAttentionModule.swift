public import Torch
public import TorchNN

/// Injects the previous chunk into one skip connection of the UNet: attention over time at every pixel.
///
/// Source: Henschel et al., StreamingT2V, section "Conditional Attention Module"; `conditioning.py` of the release.
public final class ConditionalAttentionModule: Module {
    let norm: GroupNorm
    let projIn: Linear
    let attention: Attention
    let projOut: Linear  // trained from zero: the module starts as the identity

    /// A merger for a skip of `channels`.
    public init(channels: Int, _ configuration: StreamingConfiguration) {
        let headDimension = configuration.mergerHeadDimension
        norm = GroupNorm(
            groups: configuration.mergerNormGroups, channels: channels, epsilon: 1e-6)
        projIn = Linear(channels, channels)
        attention = Attention(
            channels: channels, heads: max(channels / headDimension, 1),
            headDimension: min(headDimension, channels))
        projOut = Linear(channels, channels, startsAtZero: true)
    }

    /// Makes fresh weights attend to the frames that look alike: the query passes through as it is, keys are made as
    /// queries are.
    ///
    /// A frame of the chunk and the conditional frame in its place carry the same noise, and nothing else tells their
    /// order. From unrelated projections a short training does not find that.
    public func startByLikeness() throws(TensorError) {
        let channels = projIn.weight.shape[0]
        let diagonal = (0..<channels * channels).map { $0 % (channels + 1) == 0 ? Float(1) : 0 }
        try projIn.weight.load(Tensor(diagonal, shape: [channels, channels]))
        if let bias = projIn.bias { try bias.load(Tensor.zeros([channels])) }
        try attention.toK.weight.load(attention.toQ.weight.value.copied())
        try attention.toQ.weight.load(attention.toQ.weight.value * 2)
    }

    /// Mixes `context` into `skip`.
    ///
    /// - Parameters:
    ///   - skip: `[B·F, C, H, W]`, features of the chunk being denoised.
    ///   - context: `[B·Fc, C, H, W]`, features of the conditional frames.
    ///   - frames: `F`.
    /// - Returns: `[B·F, C, H, W]`.
    public func callAsFunction(
        _ skip: Tensor, context: Tensor, frames: Int
    ) throws(TensorError) -> Tensor {
        let (n, _, height, width) = try skip.shape4()
        let videos = n / max(frames, 1)
        let conditionalFrames = context.shape[0] / max(videos, 1)
        let normalized = try norm(skip.framesAsRows(frames))
            .rowsAsFrames(height: height, width: width)
        let query = try projIn(normalized.pixelsAsTokens())  // [B·F, H·W, C]
        let features = try context.pixelsAsTokens()  // [B·Fc, H·W, C]
        let mixed =
            if attention.fitsAcrossFrames(query, to: features, videos: videos) {
                try attention.acrossFrames(query, to: features, videos: videos)
            } else {
                try attention(
                    query.tokensAsSequences(frames),
                    context: features.tokensAsSequences(conditionalFrames)
                ).sequencesAsTokens(height * width)
            }
        return try skip + projOut(mixed).tokensAsPixels(height: height, width: width)
    }
}
