import Foundation
import Schedulers
import StreamingT2V
import Torch
import TorchNN
import VideoIO
import VideoModels

/// Trains the enhancer's denoiser: a clip's small video, enlarged, shall become the clip drawn at the large size.
///
/// The release's network has only seen noisy sharp videos; in its enhancement, so much noise is put onto a video that
/// nobody sees it is none. A small network cannot afford to forget so much and to invent it again, so a share of its
/// samples hold what is left of a small video then, and the sharp one is still to be predicted (see ``EnhancerTask``). The
/// small video has been through the autoencoder at its own size, with a little noise on its latents, as every video of
/// the model has.
///
/// The loss is the squared error of the velocity; where there is a small video, also the error of the pictures that a few
/// of the predicted frames become, as latents of equal error can be pictures of very different error, and what their edges
/// lack in strength.
///
/// Source: Henschel et al., StreamingT2V, section "Auto-regressive Video Enhancement"; MS-Vid2Vid-XL.
final class EnhancerStage: TrainingStage {
    struct Sample {
        let sharp: Tensor  // [1, C, F, h, w], scaled
        let coarse: Tensor  // the same clip, from its small frames
        let truth: [RGBFrame]  // the large frames on the network's canvas
        let ids: [Int]
    }

    let network: Vid2VidUNet
    let encoder: ClipEncoder
    /// Makes the large pictures; its encoder is that of ``encoder``.
    let decoder: AutoencoderKL
    let defaults: EnhancementDefaults
    let generator: RandomGenerator
    let schedule: LogSNRSchedule
    private let coarseShare: Double
    private let trainsDecoder: Bool

    /// Up to how much noise a small video's latents may have; theirs has a deviation of 1.
    static let latentNoise = 0.2
    /// Frames of a clip whose pictures are compared.
    private static let comparedFrames = 2
    /// How much the error of pictures weighs beside that of the velocity; it is most of the loss.
    private static let pictureWeight = 2.0
    /// How much too weak edges weigh beside the error of pixels.
    private static let edgeWeight = 3.0
    /// Random choices of a sample: time step, dropped caption, small video, where that one began, compared frames.
    static let choiceCount = 4 + comparedFrames
    private let autocast: DType?

    init(
        network: Vid2VidUNet, encoder: ClipEncoder, decoder: AutoencoderKL,
        settings: StageSettings, seed: UInt64, defaults: EnhancementDefaults
    ) throws {
        self.network = network
        self.encoder = encoder
        self.decoder = decoder
        trainsDecoder = settings.trainsDecoder ?? false
        self.defaults = defaults
        coarseShare = settings.coarseShare ?? 0
        autocast = try settings.autocast()
        generator = RandomGenerator(seed: seed)
        schedule = try LogSNRSchedule()
    }

    var trainable: [(path: String, parameter: Parameter)] {
        let last =
            trainsDecoder ? decoder.parameters().filter { decoder.isDecoderEnd($0.path) } : []
        return network.parameters() + last.map { ("autoencoder.\($0.path)", $0.parameter) }
    }

    var frameCount: Int { defaults.chunkLength }

    let needsLargeFrames = true

    // MARK: Samples

    func sample(_ clip: TrainingClip) throws -> Sample {
        try withoutGradients {
            let truth = try onCanvas(clip.requireLarge())
            let level = SampleChoices(generator, step: 0, slot: clip.index, of: 1).share(0)
            let small = try smallVideo(of: clip, latentNoise: level * Self.latentNoise)
            return Sample(
                sharp: try encoder.latents(Tensor.images(truth)), coarse: try latents(small),
                truth: truth, ids: try encoder.ids(clip.caption))
        }
    }

    /// The small frames as the model would make them: through its autoencoder, from latents that are not quite right.
    ///
    /// - Parameter latentNoise: deviation of the noise on the latents, whose own is 1.
    func smallVideo(
        of clip: TrainingClip, latentNoise: Double
    ) throws(TensorError) -> [RGBFrame] {
        let latents = try encoder.latents(Tensor.images(clip.frames))
        let noise = try generator.normal(latents.shape, .data, chunk: clip.index)
        return try encoder.images(latents + noise * latentNoise).frames()
    }

    /// Latents of frames on the network's canvas, `[1, C, F, h, w]`.
    func latents(_ frames: [RGBFrame]) throws -> Tensor {
        try encoder.latents(Tensor.images(onCanvas(frames)))
    }

    private func onCanvas(_ frames: [RGBFrame]) throws(ConfigurationError) -> [RGBFrame] {
        try frames.map { frame throws(ConfigurationError) in try letterbox(for: frame).apply(frame)
        }
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
        try loss(samples, step: step, firstSlot: firstSlot, isTraining: true)
    }

    private func loss(
        _ samples: [Sample], step: Int, firstSlot: Int, isTraining: Bool
    ) throws -> Tensor {
        let choices = samples.indices.map {
            SampleChoices(generator, step: step, slot: firstSlot + $0, of: Self.choiceCount)
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
                let isDropped = isTraining && choices.share(1) < ClipEncoder.captionDropShare
                return isDropped ? encoder.emptyIds : sample.ids
            })
        let prediction = try predict(
            task.noisy, at: points.map(\.timestep), context: AttentionContext(tokens))
        let error = try ((prediction - task.target).squared() * task.weight).mean()
        let sharpened = samples.indices.filter { points[$0].coarseShare > 0 }
        guard isTraining, !sharpened.isEmpty else { return error }
        let pictures = try sharpened.map { index in
            try pictureError(
                samples[index],
                clean: schedule.clean(
                    task.noisy.slice(0, index..<index + 1),
                    prediction: prediction.slice(0, index..<index + 1),
                    at: points[index].timestep),
                choices[index])
        }
        let sum = try pictures.dropFirst().reduce(pictures[0]) { try $0 + $1 }
        return try error + sum * (Self.pictureWeight / Double(samples.count))
    }

    /// The error of a few frames of predicted latents `[1, C, F, h, w]`, as pictures.
    private func pictureError(
        _ sample: Sample, clean: Tensor, _ choices: SampleChoices
    ) throws -> Tensor {
        let places = (0..<Self.comparedFrames).map { choices.index(4 + $0, below: frameCount) }
        let chosen = try Tensor.concatenated(
            places.map { try clean.slice(2, $0..<$0 + 1) }, axis: 2)
        let truth = try Tensor.images(places.map { sample.truth[$0] })
        let pictures = try pictures(chosen)
        return try PixelError.loss(pictures - truth)
            + PixelError.edgeLoss(pictures, truth: truth) * Self.edgeWeight
    }

    /// Large images of scaled latents, see ``ClipEncoder/images(_:)``.
    func pictures(_ latents: Tensor) throws(TensorError) -> Tensor {
        try encoder.images(latents, of: decoder)
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

    /// The error of the velocity on unseen clips, at noise levels and noise that are always the same.
    func validate(_ samples: [Sample]) throws -> [String: Double] {
        let mean = try meanLoss(samples, batch: 4) { samples, step in
            try loss(samples, step: step, firstSlot: 0, isTraining: false)
        }
        return ["validation_loss": mean]
    }
}
