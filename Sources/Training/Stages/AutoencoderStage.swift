import Foundation
import Journeys
import StreamingT2V
import Torch
import TorchNN
import VideoIO
import VideoModels

/// Trains the autoencoder on single frames.
///
/// Absolute and squared error of pixels and absolute error of their differences to the neighbours, weighted where the
/// subject is, plus a very weak pull of the latents towards the unit Gaussian. The recipe may show it frames of the
/// enhancer's size, too.
final class AutoencoderStage: TrainingStage {
    let model: AutoencoderKL
    let frameCount = 1
    let generator: RandomGenerator
    let largeShare: Double
    let canvas: EnhancementSizeRule
    private let autocast: DType?

    private let freezesEncoder: Bool

    private let subjectWeight: Float = 2
    private let divergenceWeight = 1e-8

    init(model: AutoencoderKL, settings: StageSettings, seed: UInt64) throws {
        self.model = model
        largeShare = settings.largeShare ?? 0
        canvas = .journeys(latentFactor: model.configuration.factor)
        generator = RandomGenerator(seed: seed)
        autocast = try settings.autocast()
        freezesEncoder = settings.freezesEncoder ?? false
    }

    var trainable: [(path: String, parameter: Parameter)] {
        model.parameters().filter {
            !freezesEncoder || !($0.path.hasPrefix("encoder.") || $0.path.hasPrefix("quantConv."))
        }
    }

    var needsLargeFrames: Bool { largeShare > 0 }

    func sample(_ clip: TrainingClip) throws -> TrainingClip { clip }

    let isSeparable = true

    func loss(_ clips: [TrainingClip], step: Int, firstSlot: Int) throws -> Tensor {
        let clips = try chosen(clips, step: step)
        let images = try Tensor.images(clips.flatMap(\.frames))
        let weights = try subjectWeights(clips)
        let shape = try latentShape(images)
        let noise = try generator.normal(shape, .posterior, firstSlot: firstSlot, step: step)
        return try withAutocast(autocast) {
            let posterior = try model.encode(images)
            let mean = try posterior.mean.converted(to: .float32)
            let logVariance = try posterior.logVariance.converted(to: .float32)
            let latents = try AutoencoderKL.Posterior(mean: mean, logVariance: logVariance)
                .sample(noise: noise)
            let decoded = try model.decode(latents).converted(to: .float32)
            let pixels = try PixelError.loss(decoded - images, weights: weights)
            let divergence =
                try (mean.squared() + logVariance.exponential() - 1 - logVariance)
                .sum() * (0.5 / Double(images.shape[0]))
            return try pixels + divergence * divergenceWeight
        }
    }

    func validate(_ clips: [TrainingClip]) throws -> [String: Double] {
        try withoutGradients {
            var total = 0.0
            var subject = 0.0
            var sum = 0.0
            var squares = 0.0
            var count = 0.0
            for clip in clips {
                let image = try Tensor.images(clip.frames)
                let mean = try model.encode(image).mean
                let decoded = try model.decode(mean).clamped(to: -1...1)
                let error = try (decoded - image).squared() / 4  // on the scale 0…1
                total += PeakSignal.decibels(meanSquare: try error.mean().item())
                let mask = try (subjectWeights([clip]) - 1) / Double(subjectWeight - 1)
                let inside = try (error * mask).sum().item() / max(3 * mask.sum().item(), 1)
                subject += PeakSignal.decibels(meanSquare: inside)
                sum += try mean.sum().item()
                squares += try mean.squared().sum().item()
                count += Double(mean.count)
            }
            let deviation = (squares / count - (sum / count) * (sum / count)).squareRoot()
            var figures = [
                "psnr": total / Double(clips.count), "subject_psnr": subject / Double(clips.count),
                "latent_deviation": deviation,
            ]
            if needsLargeFrames { figures["large_psnr"] = try largePSNR(clips) }
            return figures
        }
    }

    func sampleSheet(_ clips: [TrainingClip]) throws -> RGBFrame {
        try withoutGradients {
            let images = try Tensor.images(clips.prefix(16).flatMap(\.frames))
            let decoded = try model.decode(model.encode(images).mean)
            let pairs = zip(try images.frames(), try decoded.frames()).flatMap { [$0, $1] }
            return ContactSheet.make(frames: pairs, columns: 8, scale: 2, labels: nil)
        }
    }

    func export(to folder: ModelFolder, figures: [String: Double]) throws {
        var configuration = model.configuration
        if !freezesEncoder {
            configuration.scalingFactor = 1 / max(figures["latent_deviation"] ?? 1, 1e-3)
        }
        try folder.save(configuration, of: .vae)
        try folder.save(model.namedTensors(.autoencoder()), of: .vae)
    }

    private func latentShape(_ images: Tensor) throws(TensorError) -> [Int] {
        let (n, _, height, width) = try images.shape4()
        let configuration = model.configuration
        return [
            n, configuration.latentChannels, height / configuration.factor,
            width / configuration.factor,
        ]
    }

    /// `[N, 1, H, W]`: the subject's weight inside its box, 1 outside.
    private func subjectWeights(_ clips: [TrainingClip]) throws(TensorError) -> Tensor {
        var weights: [Float] = []
        var size = (0, 0)
        for clip in clips {
            for (frame, box) in zip(clip.frames, clip.boxes) {
                size = (frame.height, frame.width)
                for row in 0..<frame.height {
                    for column in 0..<frame.width {
                        weights.append(
                            box?.contains(x: column, y: row) == true ? subjectWeight : 1)
                    }
                }
            }
        }
        return try Tensor(weights, shape: [clips.count, 1, size.0, size.1])
    }
}

extension FrameTruth.Box {
    /// Whether the centre of a pixel lies in the box.
    func contains(x column: Int, y row: Int) -> Bool {
        let (cx, cy) = (Double(column) + 0.5, Double(row) + 0.5)
        return cx >= x && cx < x + width && cy >= y && cy < y + height
    }
}
