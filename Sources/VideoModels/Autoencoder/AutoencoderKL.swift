public import Torch
public import TorchNN

/// The variational autoencoder between pixels and latents.
///
/// Source: diffusers `AutoencoderKL`. With a patch size above 1, squares of pixels become channels before the encoder
/// and pixels again after the decoder.
public final class AutoencoderKL: Module {
    let encoder: AutoencoderEncoder
    let quantConv: Convolution2D
    let postQuantConv: Convolution2D
    let decoder: AutoencoderDecoder

    /// Sizes of the network.
    public let configuration: AutoencoderConfiguration

    /// A network of these sizes.
    public init(_ configuration: AutoencoderConfiguration) {
        self.configuration = configuration
        let latents = configuration.latentChannels
        encoder = AutoencoderEncoder(configuration)
        quantConv = Convolution2D(2 * latents, 2 * latents, kernel: 1)
        postQuantConv = Convolution2D(latents, latents, kernel: 1)
        decoder = AutoencoderDecoder(configuration)
    }

    /// The distribution of latents of an image.
    public struct Posterior {
        /// `[N, latentChannels, h, w]`, not scaled.
        public let mean: Tensor
        /// Logarithm of the variance, limited to −30…20, of the same shape.
        public let logVariance: Tensor

        /// A distribution from its moments.
        public init(mean: Tensor, logVariance: Tensor) {
            self.mean = mean
            self.logVariance = logVariance
        }

        /// A sample, `mean + deviation · noise`.
        public func sample(noise: Tensor) throws(TensorError) -> Tensor {
            try mean + (logVariance * 0.5).exponential() * noise
        }
    }

    /// Whether the parameter with this module path belongs to what follows the decoder's last enlargement.
    ///
    /// These layers make pixels; how the latents are read is settled before.
    public func isDecoderEnd(_ path: String) -> Bool {
        let last = configuration.blockOutChannels.count - 1
        return ["upBlocks.\(last).", "convNormOut.", "convOut."]
            .contains { path.hasPrefix("decoder.\($0)") }
    }

    /// Encodes images `[N, 3, H, W]` with values in [−1, 1]; sides must be multiples of the factor.
    public func encode(_ images: Tensor) throws(TensorError) -> Posterior {
        let (_, _, height, width) = try images.shape4()
        guard height % configuration.factor == 0, width % configuration.factor == 0 else {
            throw .shapeMismatch(
                place: "autoencoder",
                expected: "sides that are multiples of \(configuration.factor)",
                actual: images.shape)
        }
        let patch = configuration.patchSize
        let pixels = patch > 1 ? try images.spaceToDepth(patch) : images
        let moments = try quantConv(encoder(pixels.channelsLast()))
        let parts = try moments.split(into: 2, axis: 1)
        return Posterior(mean: parts[0], logVariance: try parts[1].clamped(to: -30...20))
    }

    /// Decodes latents `[N, latentChannels, h, w]`, not scaled, to images with values around [−1, 1].
    public func decode(_ latents: Tensor) throws(TensorError) -> Tensor {
        let pixels = try decoder(postQuantConv(latents.channelsLast()))
        return configuration.patchSize > 1
            ? try pixels.depthToSpace(configuration.patchSize) : pixels
    }
}
