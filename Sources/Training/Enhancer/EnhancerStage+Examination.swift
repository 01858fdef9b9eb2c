import Schedulers
import StreamingT2V
import Torch
import VideoIO
import VideoModels

extension EnhancerStage {
    /// How many of the validation clips are enhanced for the figures; each costs as much as several training steps.
    private static let examinedClips = 8

    /// A clip's small video at the large size, as it is judged.
    struct Enlargement {
        /// By bicubic interpolation alone.
        let plain: [RGBFrame]
        /// By the network.
        let enhanced: [RGBFrame]
        /// The clip as it was drawn at this size.
        let truth: [RGBFrame]
        /// The truth, through the autoencoder: no enhancement gets nearer.
        let reconstructed: [RGBFrame]
    }

    /// PSNR, in dB, of enhanced unseen clips, of their plain enlargements, and of the truth through the autoencoder.
    func figures(_ clips: [TrainingClip]) throws -> [String: Double] {
        let results = try clips.prefix(Self.examinedClips).enumerated().map {
            try enlarge($0.element, number: $0.offset)
        }
        func mean(_ frames: (Enlargement) -> [RGBFrame]) throws -> Double {
            try results.reduce(0) { try $0 + PeakSignal.decibels(frames($1), truth: $1.truth) }
                / Double(max(results.count, 1))
        }
        return [
            "psnr": try mean(\.enhanced), "bicubic_psnr": try mean(\.plain),
            "autoencoder_psnr": try mean(\.reconstructed),
        ]
    }

    /// Every second frame of two unseen clips: enlarged, enhanced, and as drawn.
    func sampleSheet(_ clips: [TrainingClip]) throws -> RGBFrame {
        var pictures: [RGBFrame] = []
        for (number, clip) in clips.prefix(2).enumerated() {
            let result = try enlarge(clip, number: number)
            for row in [result.plain, result.enhanced, result.truth] {
                pictures += row.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
            }
        }
        return ContactSheet.make(
            frames: pictures, columns: (frameCount + 1) / 2, scale: 1, labels: nil)
    }

    /// Enlarges a clip's small video in every way.
    ///
    /// - Parameter number: another one gives other noise.
    func enlarge(_ clip: TrainingClip, number: Int) throws -> Enlargement {
        try withoutGradients {
            let truth = try clip.requireLarge()
            let small = try smallVideo(of: clip, latentNoise: Self.latentNoise / 2)
            let plain = small.map { $0.resized(width: defaults.width, height: defaults.height) }
            let enhanced = try enhance(
                latents(small), prompt: clip.caption,
                noise: RandomGenerator(seed: UInt64(number)))
            return Enlargement(
                plain: plain, enhanced: try frames(enhanced, like: small), truth: truth,
                reconstructed: try frames(latents(truth), like: truth))
        }
    }

    /// Takes one chunk of latents through the sampler of generation.
    private func enhance(
        _ latents: Tensor, prompt: String, noise: RandomGenerator
    ) throws -> Tensor {
        func context(_ ids: [Int]) throws -> AttentionContext {
            AttentionContext(try encoder.tokens([ids]), isCached: true)
        }
        let (prompted, negative) = (
            try context(encoder.ids(prompt + defaults.promptSuffix)),
            try context(encoder.emptyIds)
        )
        let network = GuidedChunkNetwork(
            guidance: defaults.guidance, reading: GuidedChunkNetwork.Reading(schedule)
        ) { chunk, timestep, _, needsNegative in
            (
                try self.predict(chunk, at: [timestep], context: prompted),
                needsNegative
                    ? try self.predict(chunk, at: [timestep], context: negative) : nil
            )
        }
        let sampler = try VideoToVideoSampler(
            schedule, table: defaults.stepTable, scale: defaults.firstInputScale)
        let enhancer = try StreamingEnhancer(
            StreamingEnhancer.Options(grid: defaults.grid()), sampler: sampler, network: network,
            noise: noise, seams: noise)
        let parts = [try enhancer.push(latents), try enhancer.finish()]
        return try Tensor.concatenated(parts.compactMap(\.self), axis: 2)
    }

    /// Decoded latents without their bars.
    private func frames(_ latents: Tensor, like source: [RGBFrame]) throws -> [RGBFrame] {
        let frames = try pictures(latents).frames()
        return try zip(frames, source).map { try letterbox(for: $1).crop($0) }
    }

    /// Writes `enhancer/`; a model's own way of sampling is kept.
    func export(to folder: ModelFolder, figures: [String: Double]) throws {
        let known = folder.has(.enhancer) ? try folder.enhancementDefaults() : defaults
        let hasOwn = decoder !== encoder.autoencoder
        try folder.saveEnhancer(network, decoder: hasOwn ? decoder : nil, defaults: known)
    }
}
