import Foundation
import Schedulers
import StreamingT2V
import Torch
import TorchNN
import VideoIO
import VideoModels

/// Trains the enhancer's denoiser: a clip's small video, enlarged, shall become the clip drawn at the large size.
///
/// Mean squared error of the velocity at noise levels that are all equally frequent. The release's network has only seen
/// noisy sharp videos; in its enhancement, noise hides that the video is none. A small network cannot afford to forget so
/// much and to invent it again, so a share of its samples hold what is left of a small video then, and the sharp one is
/// still to be predicted (see ``EnhancerTask``). The small video has been through the autoencoder at its own size, as
/// every video of the model has.
///
/// Source: Henschel et al., StreamingT2V, section "Auto-regressive Video Enhancement"; MS-Vid2Vid-XL.
final class EnhancerStage: TrainingStage {
    struct Sample {
        let sharp: Tensor  // [1, C, F, h, w], scaled
        let coarse: Tensor  // the same clip, from its small frames
        let ids: [Int]
    }

    let network: Vid2VidUNet
    let encoder: ClipEncoder
    let defaults: EnhancementDefaults
    let generator: RandomGenerator
    let schedule: LogSNRSchedule
    private let coarseShare: Double
    private let autocast: DType?

    init(
        network: Vid2VidUNet, encoder: ClipEncoder, settings: StageSettings, seed: UInt64,
        defaults: EnhancementDefaults
    ) throws {
        self.network = network
        self.encoder = encoder
        self.defaults = defaults
        coarseShare = settings.coarseShare ?? 0
        autocast = try settings.autocast()
        generator = RandomGenerator(seed: seed)
        schedule = try LogSNRSchedule()
    }

    var trainable: [(path: String, parameter: Parameter)] { network.parameters() }

    var frameCount: Int { defaults.chunkLength }

    let needsLargeFrames = true

    // MARK: Samples

    func sample(_ clip: TrainingClip) throws -> Sample {
        try withoutGradients {
            Sample(
                sharp: try latents(clip.requireLarge()), coarse: try latents(smallVideo(of: clip)),
                ids: try encoder.ids(clip.caption))
        }
    }

    /// The small frames as the model would make them, which is through its autoencoder.
    func smallVideo(of clip: TrainingClip) throws(TensorError) -> [RGBFrame] {
        try encoder.images(encoder.latents(Tensor.images(clip.frames))).frames()
    }

    /// Latents of frames on the network's canvas, `[1, C, F, h, w]`.
    func latents(_ frames: [RGBFrame]) throws -> Tensor {
        let canvas = try frames.map { try letterbox(for: $0).apply($0) }
        return try encoder.latents(Tensor.images(canvas))
    }

    /// Where a frame lies on the network's canvas once it has the large size.
    func letterbox(for frame: RGBFrame) throws(ConfigurationError) -> Letterbox {
        try EnhancementSizeRule.journeys(
            latentFactor: encoder.autoencoder.configuration.factor
        ).letterbox(
            picture: (frame.width, frame.height), size: (defaults.width, defaults.height))
    }

    // MARK: Loss

    let isSeparable = true

    func loss(_ samples: [Sample], step: Int, firstSlot: Int) throws -> Tensor {
        try loss(samples, step: step, firstSlot: firstSlot, dropsCaptions: true)
    }

    private func loss(
        _ samples: [Sample], step: Int, firstSlot: Int, dropsCaptions: Bool
    ) throws -> Tensor {
        // Choices of a sample: time step, dropped caption, small video, where that one began.
        let choices = samples.indices.map {
            SampleChoices(generator, step: step, slot: firstSlot + $0, of: 4)
        }
        let sharp = try Tensor.concatenated(samples.map(\.sharp), axis: 0)
        let points = choices.map {
            EnhancerTask.point($0, coarseShare: coarseShare, schedule: schedule)
        }
        let task = try EnhancerTask(
            sharp: sharp, coarse: Tensor.concatenated(samples.map(\.coarse), axis: 0),
            noise: generator.normal(
                sharp.shape, .trainingNoise, firstSlot: firstSlot, step: step),
            points: points, schedule: schedule)
        let tokens = try encoder.tokens(
            zip(samples, choices).map { sample, choices in
                let isDropped = dropsCaptions && choices.share(1) < ClipEncoder.captionDropShare
                return isDropped ? encoder.emptyIds : sample.ids
            })
        let prediction = try predict(
            task.noisy, at: points.map(\.timestep), context: AttentionContext(tokens))
        return try (prediction - task.target).squared().mean()
    }

    /// The network's velocity, in single precision.
    func predict(
        _ noisy: Tensor, at timesteps: [Int], context: AttentionContext
    ) throws(TensorError) -> Tensor {
        let times = try Tensor(timesteps.map(Float.init), shape: [timesteps.count])
        return try withAutocast(autocast) { () throws(TensorError) in
            try network(noisy, timestep: times, context: context).converted(to: .float32)
        }
    }

    /// The loss on unseen clips at noise levels and noise that are always the same.
    func validate(_ samples: [Sample]) throws -> [String: Double] {
        let mean = try meanLoss(samples, batch: 4) { samples, step in
            try loss(samples, step: step, firstSlot: 0, dropsCaptions: false)
        }
        return ["validation_loss": mean]
    }
}
