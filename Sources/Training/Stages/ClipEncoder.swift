import Tokenizers
import Torch
import VideoModels

/// The frozen networks that turn a clip into what a denoiser learns from: clean latents and text tokens.
struct ClipEncoder {
    /// Share of the samples without their caption, which guidance needs as its other end.
    static let captionDropShare = 0.1

    let autoencoder: AutoencoderKL
    let text: CLIPTextEncoder
    let tokenizer: CLIPTokenizer
    /// What stands in for a dropped caption.
    let emptyIds: [Int]

    init(autoencoder: AutoencoderKL, text: CLIPTextEncoder, tokenizer: CLIPTokenizer) throws {
        self.autoencoder = autoencoder
        self.text = text
        self.tokenizer = tokenizer
        emptyIds = try tokenizer.encode("").ids
    }

    func ids(_ caption: String) throws -> [Int] { try tokenizer.encode(caption).ids }

    /// Scaled latents `[1, C, F, h, w]` of images `[F, 3, H, W]` in [−1, 1].
    func latents(_ images: Tensor) throws(TensorError) -> Tensor {
        let mean = try autoencoder.encode(images).mean  // [F, C, h, w]
        let scaled = try mean * autoencoder.configuration.scalingFactor
        return try scaled.permuted(1, 0, 2, 3).expandedDimension(at: 0).contiguous()
    }

    /// Images `[F, 3, H, W]`, in [−1, 1] up to small errors, of scaled latents `[1, C, F, h, w]`.
    ///
    /// - Parameter other: another autoencoder for the same latents, if it is not this one's.
    func images(_ latents: Tensor, of other: AutoencoderKL? = nil) throws(TensorError) -> Tensor {
        let frames = try latents.selected(0, 0).permuted(1, 0, 2, 3)  // [F, C, h, w]
        return try (other ?? autoencoder).decode(frames / autoencoder.configuration.scalingFactor)
            .converted(to: .float32)
    }

    /// Text tokens `[B, L, D]` of so many captions.
    func tokens(_ ids: [[Int]]) throws(TensorError) -> Tensor {
        let numbers = try Tensor(
            ids.flatMap { $0.map(Int64.init) }, shape: [ids.count, emptyIds.count])
        return try withoutGradients { () throws(TensorError) in try text(numbers) }
    }
}
