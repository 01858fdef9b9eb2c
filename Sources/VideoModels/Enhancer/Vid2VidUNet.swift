public import Torch
public import TorchNN

/// The denoiser of the enhancement stage: predicts the velocity in a chunk of latents of the large size.
///
/// A ``UNet3D`` in another form: it halves and doubles heights in a way of its own (see
/// ``Vid2VidConfiguration/requireFitting(height:width:)``), and its temporal layers run for single frames, too.
///
/// Source: ModelScope `Vid2VidSDUNet` (MS-Vid2Vid-XL), with the class defaults that the release uses.
public final class Vid2VidUNet: Module {
    let unet: UNet3D

    /// Sizes of the network.
    public let configuration: Vid2VidConfiguration

    /// A network of these sizes, which must be valid.
    public init(_ configuration: Vid2VidConfiguration) {
        self.configuration = configuration
        unet = UNet3D(configuration.network)
    }

    /// Predicts the velocity `v` in noisy latents.
    ///
    /// - Parameters:
    ///   - sample: noisy latents `[B, inChannels, F, H, W]` of a size that fits.
    ///   - timestep: `[B]`, whole numbers from 0 to 999.
    ///   - context: text tokens `[B, L, contextDimension]`; cached, its keys and values are made once.
    ///   - watch: is shown each layer and what it returned, `[B·F, C, H, W]`.
    /// - Returns: `[B, outChannels, F, H, W]`.
    /// - Throws: `TensorError.shapeMismatch` before any computation if sizes do not fit each other or the network.
    public func callAsFunction(
        _ sample: Tensor, timestep: Tensor, context: AttentionContext,
        watch: ((any Module, Tensor) -> Void)? = nil
    ) throws(TensorError) -> Tensor {
        let (batch, channels, frames, height, width) = try sample.shape5()
        guard batch > 0, frames > 0, channels == configuration.inChannels else {
            throw .shapeMismatch(
                place: "video-to-video UNet",
                expected: "latents [B, \(configuration.inChannels), F, H, W]",
                actual: sample.shape)
        }
        try configuration.requireFitting(height: height, width: width)
        guard timestep.shape == [batch] else {
            throw .shapeMismatch(
                place: "video-to-video UNet", expected: "time steps [\(batch)]",
                actual: timestep.shape)
        }
        let tokens = context.tokens.shape
        guard tokens.count == 3, tokens[0] == batch, tokens[2] == configuration.contextDimension
        else {
            throw .shapeMismatch(
                place: "video-to-video UNet",
                expected: "text tokens [\(batch), L, \(configuration.contextDimension)]",
                actual: tokens)
        }
        return try unet(sample, timestep: timestep, context: context, watch: watch)
    }
}
