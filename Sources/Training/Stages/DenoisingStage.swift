import Foundation
import Schedulers
import StreamingT2V
import Torch
import TorchNN
import VideoIO
import VideoModels

/// Trains the denoiser: its spatial layers on single frames, all of it on chunks, then CAM, then APM with CAM.
///
/// Source: Henschel et al., StreamingT2V, section "Implementation Details": mean squared error of the prediction, here
/// with min-SNR-5 weighting, and with more weight on motion if the recipe says so. The base stays frozen while CAM and APM
/// learn, or learns with them: a share of the steps then has neither, so that one network still makes the first chunk.
final class DenoisingStage: TrainingStage {
    struct Sample {
        let latents: Tensor  // [1, C, F, h, w], scaled
        let ids: [Int]
        let condition: Tensor?  // [Fc, 3, H, W] in [−1, 1]
        let anchors: Tensor?  // embeddings of all frames that may be the anchor, [16, E]

        var withoutConditions: Sample {
            Sample(latents: latents, ids: ids, condition: nil, anchors: nil)
        }
    }

    let part: StageName
    let pipeline: StreamingPipeline
    let encoder: ClipEncoder
    private let settings: StageSettings
    private let autocast: DType?
    private let generator: RandomGenerator
    private let schedule: NoiseSchedule
    private let defaults: GenerationDefaults
    private let nullEmbedding: Tensor?  // [1, E]
    private let chunk: StreamingConfiguration

    init(
        part: StageName, pipeline: StreamingPipeline, encoder: ClipEncoder,
        settings: StageSettings, seed: UInt64, defaults: GenerationDefaults
    ) throws {
        self.part = part
        self.pipeline = pipeline
        self.encoder = encoder
        self.settings = settings
        self.defaults = defaults
        autocast = try settings.autocast()
        generator = RandomGenerator(seed: seed)
        schedule = NoiseSchedule(pipeline.scheduler)
        chunk = pipeline.streaming?.configuration ?? .journeys
        if part == .apm, let streaming = pipeline.streaming {
            let size = streaming.imageEncoder.configuration.imageSize
            let null = try Tensor.zeros([1, 3, size, size])
            nullEmbedding = try withoutGradients {
                try streaming.imageEncoder(streaming.imageEncoder.preprocess(null))
            }
        } else {
            nullEmbedding = nil
        }
    }

    /// Whether the stage trains chunks behind the first.
    private var isStreaming: Bool { part == .cam || part == .apm }

    /// Single frames; chunks; or a chunk behind as many frames as the anchor is drawn from.
    var frameCount: Int {
        switch part {
        case .frames: 1
        case .apm: 2 * chunk.frames
        default: chunk.frames
        }
    }

    var trainable: [(path: String, parameter: Parameter)] {
        let all = pipeline.unet.parameters()
        let base = all.filter { !UNet3D.isStreamingParameter($0.path) }
        guard isStreaming else {
            return part == .chunks ? base : base.filter { Self.actsOnSingleFrames($0.path) }
        }
        var chosen = all.filter {
            UNet3D.isStreamingParameter($0.path)
                ? part == .apm || !$0.path.contains(".mixing.") : settings.baseShare != nil
        }
        if let streaming = pipeline.streaming {
            chosen += streaming.extractor.parameters().map { ("extractor.\($0)", $1) }
            if part == .apm {
                chosen += streaming.projector.parameters().map { ("projector.\($0)", $1) }
            }
        }
        return chosen
    }

    /// Whether a parameter takes part when a clip has one frame.
    private static func actsOnSingleFrames(_ path: String) -> Bool {
        path.hasPrefix("midBlock.tempConvs.0.")
            || !(path.contains("tempConvs.") || path.contains("tempAttentions.")
                || path.hasPrefix("transformerIn."))
    }

    // MARK: Samples

    func sample(_ clip: TrainingClip) throws -> Sample {
        try withoutGradients {
            let images = try Tensor.images(clip.frames)
            let start = part == .apm ? chunk.frames : 0
            let target = try images.slice(0, start..<clip.frames.count)
            let latents = try encoder.latents(target)
            var condition: Tensor?
            var anchors: Tensor?
            if isStreaming {
                // As in generation, the condition has been through the autoencoder.
                condition = try decoded(latents, count: chunk.conditionalFrames)
            }
            if part == .apm, let streaming = pipeline.streaming {
                let before = try images.slice(0, 0..<start)
                let seen = try decoded(encoder.latents(before), count: start)
                anchors = try streaming.imageEncoder(streaming.imageEncoder.preprocess(seen))
            }
            return Sample(
                latents: latents, ids: try encoder.ids(clip.caption),
                condition: condition, anchors: anchors)
        }
    }

    private func decoded(_ latents: Tensor, count: Int) throws(TensorError) -> Tensor {
        try pipeline.decode(latents, frames: 0..<count)
    }

    // MARK: Loss

    let isSeparable = true

    func loss(_ samples: [Sample], step: Int, firstSlot: Int) throws -> Tensor {
        let share = settings.baseShare ?? 0
        let chance =
            Double(generator.bits(.trainingChoice, chunk: -1, step: step) % 10_000) / 10_000
        return try loss(
            samples, step: step, firstSlot: firstSlot, isFirstChunk: chance < share,
            dropsConditions: true)
    }

    /// - Parameter isFirstChunk: whether text is all that the prediction knows, as in the first chunk of a video.
    private func loss(
        _ samples: [Sample], step: Int, firstSlot: Int, isFirstChunk: Bool, dropsConditions: Bool
    ) throws -> Tensor {
        let clean = try Tensor.concatenated(samples.map(\.latents), axis: 0)
        let noise = try generator.normal(
            clean.shape, .trainingNoise, firstSlot: firstSlot, step: step)
        let timesteps = samples.indices.map {
            choices(slot: firstSlot + $0, step: step)
                .index(0, below: schedule.alphasCumulative.count)
        }
        let noisy = try schedule.addNoise(clean, noise: noise, timesteps: timesteps)
        let samples = isFirstChunk ? samples.map(\.withoutConditions) : samples
        let tokens = try tokens(
            samples, step: step, firstSlot: firstSlot, dropsConditions: dropsConditions)
        let times = try Tensor(timesteps.map(Float.init), shape: [samples.count])
        let (prediction, encoding) = try withAutocast(autocast) {
            try predict(noisy, clean: clean, times: times, tokens: tokens, samples: samples)
        }
        let target = try schedule.target(clean, noise: noise, timesteps: timesteps)
        let error = try Self.clipErrors(
            prediction.converted(to: .float32) - target,
            motionWeight: dropsConditions ? settings.motionWeight ?? 1 : 1)  // [B]
        let weights = timesteps.map { Float(schedule.lossWeight($0)) }
        let loss = try (error * Tensor(weights, shape: [samples.count])).mean()
        guard dropsConditions, let encoding else { return loss }
        return try loss + encoding
    }

    /// Mean squared error of each clip, `[B]`, from errors `[B, C, F, h, w]`.
    ///
    /// While the noise still hides what a scene looks like, that uncertainty is most of the error and drowns the little that
    /// tells how it moves. Any weighting of the two has the same optimum, the conditional mean.
    static func clipErrors(_ errors: Tensor, motionWeight: Double) throws(TensorError) -> Tensor {
        let still = try errors.mean([2], keepDimensions: true)
        let moving = try errors - still
        return try still.squared().mean([1, 2, 3, 4])
            .adding(moving.squared().mean([1, 2, 3, 4]), scaledBy: motionWeight)
    }

    /// The prediction, and in CAM's and APM's stages how far the encoded conditional frames are from what the base makes
    /// of their latents: the extractor, its copy, can read them from the first step on.
    private func predict(
        _ noisy: Tensor, clean: Tensor, times: Tensor, tokens: Tensor, samples: [Sample]
    ) throws(TensorError) -> (prediction: Tensor, encoding: Tensor?) {
        let context = AttentionContext(tokens)
        let conditions = samples.compactMap(\.condition)
        guard let streaming = pipeline.streaming, !conditions.isEmpty else {
            return (try pipeline.unet(noisy, timestep: times, context: context), nil)
        }
        let frames = try Tensor.concatenated(conditions, axis: 0)
        let encoded = try streaming.extractor.frameEncoder(frames)
        let features = try streaming.extractor(
            noisy, timestep: times, context: streaming.extractor.context(tokens),
            encodedFrames: encoded)
        let prediction = try pipeline.unet(
            noisy, timestep: times, context: context, features: features)
        let seen = try clean.slice(2, 0..<chunk.conditionalFrames)
        let readable = try withoutGradients { () throws(TensorError) in
            try pipeline.unet.entryFeatures(seen)
        }
        let encoding = try (encoded - readable).converted(to: .float32).squared().mean()
        return (prediction, encoding)
    }

    /// Text tokens, and in the last stage the anchor's behind them, with conditions dropped at random.
    private func tokens(
        _ samples: [Sample], step: Int, firstSlot: Int, dropsConditions: Bool
    ) throws -> Tensor {
        var ids: [[Int]] = []
        var embeddings: [Tensor] = []
        for (slot, sample) in zip(firstSlot..., samples) {
            let choices = choices(slot: slot, step: step)
            let chance = dropsConditions ? choices.share(1) : 1
            // Text alone, anchor alone, both: 5 % each; without an anchor the text in 10 %.
            let dropsText =
                part == .apm
                ? chance < 0.05 || (0.10..<0.15).contains(chance)
                : chance < ClipEncoder.captionDropShare
            ids.append(dropsText ? encoder.emptyIds : sample.ids)
            if let anchors = sample.anchors, let nullEmbedding {
                let dropsAnchor = (0.05..<0.15).contains(chance)
                let index = choices.index(2, below: anchors.shape[0])
                embeddings.append(
                    try dropsAnchor ? nullEmbedding : anchors.slice(0, index..<index + 1))
            }
        }
        let states = try encoder.tokens(ids)
        guard !embeddings.isEmpty, let streaming = pipeline.streaming else { return states }
        let image = try streaming.projector(Tensor.concatenated(embeddings, axis: 0))
        return try Tensor.concatenated([states, image], axis: 1)
    }

    /// A sample's time step, its dropped conditions and its anchor.
    private func choices(slot: Int, step: Int) -> SampleChoices {
        SampleChoices(generator, step: step, slot: slot, of: 3)
    }

    // MARK: Examination

    /// The loss on unseen clips at noise levels and noise that are always the same.
    func validate(_ samples: [Sample]) throws -> [String: Double] {
        let mean = try meanLoss(samples, batch: part == .frames ? 16 : 4) { samples, step in
            try loss(
                samples, step: step, firstSlot: 0, isFirstChunk: false, dropsConditions: false)
        }
        return ["validation_loss": mean]
    }

    /// What the model makes of unseen captions: one frame each, or chunks of which every second frame is shown; chunks that
    /// continue a clip stand below the clip itself.
    func sampleSheet(_ clips: [TrainingClip]) throws -> RGBFrame {
        try withoutGradients {
            let isSingle = part == .frames
            var pictures: [RGBFrame] = []
            for (index, clip) in clips.prefix(isSingle ? 16 : 4).enumerated() {
                let frames = try generate(clip, number: index)
                let truth = Array(clip.frames.suffix(frames.count))
                for row in isStreaming ? [truth, frames] : [frames] {
                    pictures += row.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
                }
            }
            return ContactSheet.make(frames: pictures, columns: 8, scale: 2, labels: nil)
        }
    }

    private func generate(_ clip: TrainingClip, number: Int) throws -> [RGBFrame] {
        let example = try sample(clip)
        let text = try encoder.tokens([encoder.emptyIds, example.ids])
        var shape = example.latents.shape
        shape[0] = 1
        let conditioning: StreamingPipeline.Conditioning
        var sampling = defaults.sampling.first
        if isStreaming, let streaming = pipeline.streaming {
            sampling = defaults.sampling.further
            // Without APM there is no anchor.
            let guidance = BranchGuidance.first(scale: defaults.sampling.guidanceScale)
            let tokens = try guidance.rows(of: text, \.textRow)
            let anchor = try Tensor.images(Array(clip.frames.prefix(1)))
            conditioning =
                part == .apm
                ? try pipeline.streamingConditioning(
                    text: text, images: pipeline.imageTokens(anchor: anchor, streaming),
                    guidance: sampling.guidance, streaming)
                : StreamingPipeline.Conditioning(
                    context: AttentionContext(tokens), extractorContext: AttentionContext(tokens),
                    guidance: guidance)
        } else {
            conditioning = try pipeline.firstConditioning(
                text: text, guidance: sampling.guidance)
        }
        let latents = try pipeline.denoise(
            shape: shape, chunk: number, sampling: sampling, conditioning: conditioning,
            condition: example.condition, noise: generator
        ) { _, _, _ in }
        return try pipeline.decode(latents, frames: 0..<shape[2]).frames()
    }

    func export(to folder: ModelFolder, figures: [String: Double]) throws {
        let writer = DenoiserExport(pipeline: pipeline, defaults: defaults)
        if isStreaming { try writer.writeStreaming(to: folder) }
        if !isStreaming || settings.baseShare != nil { try writer.writeBase(to: folder) }
    }
}
