import Schedulers
import Torch
import VideoIO
import VideoModels

/// The networks of the third stage and what one evaluation of them needs; lives on the enhancer's thread.
final class EnhancementPipeline {
    let unet: Vid2VidUNet
    let autoencoder: AutoencoderKL
    let schedule: LogSNRSchedule
    let device: Device

    init(
        unet: Vid2VidUNet, autoencoder: AutoencoderKL, schedule: LogSNRSchedule, device: Device
    ) {
        self.unet = unet
        self.autoencoder = autoencoder
        self.schedule = schedule
        self.device = device
    }

    /// A picture as scaled latents `[1, C, 1, h, w]`: a sample of the autoencoder's posterior, as in the release.
    ///
    /// - Parameter frame: number of the frame in the video, the key of its noise.
    func encode(
        _ picture: RGBFrame, frame: Int, generator: RandomGenerator
    ) throws(TensorError) -> Tensor {
        let posterior = try autoencoder.encode(Tensor.images([picture]).moved(to: device))
        let mean = try posterior.mean.converted(to: .float32)
        let single = AutoencoderKL.Posterior(
            mean: mean, logVariance: try posterior.logVariance.converted(to: .float32))
        let noise = try generator.posteriorNoise(frame: frame, shape: mean.shape)
        let latents = try single.sample(noise: noise.moved(to: device))  // [1, C, h, w]
        let (_, c, h, w) = try latents.shape4()
        let scaled = try latents.contiguous() * autoencoder.configuration.scalingFactor
        return try scaled.reshaped(1, c, 1, h, w)
    }

    /// The picture of scaled latents `[1, C, 1, h, w]`; values are cut to bytes as in the release.
    func decode(_ latents: Tensor) throws(TensorError) -> RGBFrame {
        let scaled = try latents.selected(2, 0) / autoencoder.configuration.scalingFactor
        let pictures = try autoencoder.decode(scaled).converted(to: .float32)
            .frames(rounding: .truncating)
        guard let picture = pictures.first else {
            throw .shapeMismatch(place: "enhancement", expected: "one frame", actual: latents.shape)
        }
        return picture
    }

    /// The UNet with its prompts: both branches are one batch of two.
    ///
    /// - Parameters:
    ///   - text: tokens of the prompt and the negative prompt, `[2, L, D]`.
    ///   - evaluated: is called behind each evaluation.
    /// - Returns: a network that throws `CancellationError` before an evaluation if the task was cancelled.
    func network(
        text: Tensor, guidance: Guidance, evaluated: @escaping () -> Void
    ) throws(TensorError) -> GuidedChunkNetwork {
        let batch = guidance.needsNegative ? 2 : 1
        // Keys and values of the text are made once per video.
        let context = AttentionContext(try text.slice(0, 0..<batch), isCached: true)
        return GuidedChunkNetwork(guidance: guidance, reading: .init(schedule)) {
            [unet, device] chunk, timestep, _, _ in
            try Task.checkCancellation()
            let input = try Tensor.concatenated(Array(repeating: chunk, count: batch), axis: 0)
            let times = try Tensor.full([batch], value: Double(timestep), device: device)
            let output = try unet(input, timestep: times, context: context)
                .converted(to: .float32).contiguous()  // [B, C, n, h, w]
            evaluated()
            guard batch == 2 else { return (output, nil) }
            return (try output.slice(0, 0..<1), try output.slice(0, 1..<2))
        }
    }
}
