import Foundations
import Journeys
public import StreamingT2V
import Torch
public import VideoIO

/// Measures an enhancer on videos of the drawn world, whose sharp form is known: every way in which chunks can meet.
///
/// Each scene is drawn at the model's size and at the enhancer's. The small video goes through the model's autoencoder,
/// with a little noise on its latents, as if the model had made it; what the enhancer makes of it is compared with the
/// large one.
public struct EnhancementStudy {
    /// One way to enhance.
    public struct Variant: Sendable, Hashable {
        /// Its name in the report.
        public let name: String
        /// What differs from the enhancer's defaults.
        let change: @Sendable (inout EnhancementRequest) -> Void

        /// A way to enhance, by what it changes in a request.
        public init(
            _ name: String, change: @escaping @Sendable (inout EnhancementRequest) -> Void
        ) {
            self.name = name
            self.change = change
        }

        /// Variants are the same if their names are.
        public static func == (left: Variant, right: Variant) -> Bool { left.name == right.name }

        /// Hashes the name.
        public func hash(into hasher: inout Hasher) { hasher.combine(name) }

        /// One of the blending policies.
        public static func seam(_ seam: EnhancementDefaults.Seam) -> Variant {
            Variant(seam.rawValue) { $0.changes.seam = seam }
        }

        /// The enhancer's own blending, approximate in so many last steps.
        public static func lowDelay(_ steps: Int) -> Variant {
            Variant("low delay, \(steps)") { $0.lowDelaySteps = steps }
        }

        /// The enhancer's own blending with as much noise as the release puts onto a video, in so many steps.
        public static func releaseNoise(steps: Int) -> Variant {
            let level = EnhancementDefaults().noiseLevel
            return Variant("noise level \(level)") { request in
                request.changes.noiseLevel = level
                request.changes.steps = steps
            }
        }
    }

    /// What the videos are.
    public struct Settings: Codable, Sendable, Hashable {
        /// Number of videos.
        public var clips = 8
        /// Frames of each video.
        public var frames = 240
        /// Seed of scenes and noise.
        public var seed: UInt64 = 1
        /// Deviation of the noise on the small video's latents, whose own is about 1.
        public var latentNoise = 0.1

        enum CodingKeys: String, CodingKey {
            case clips, frames, seed
            case latentNoise = "latent_noise"
        }

        /// Eight videos of 240 frames.
        public init() {}
    }

    private let folder: ModelFolder
    private let enhancer: VideoEnhancer
    private let settings: Settings
    private let variants: [Variant]
    private let (small, large): (SceneRenderer, SceneRenderer)

    /// A study of the enhancer of a model.
    ///
    /// - Parameters:
    ///   - folder: a model whose pictures are square, with an enhancer.
    ///   - variants: the ways to enhance.
    /// - Throws: what `VideoEnhancer.init` throws; `InvalidField` if the model or the enhanced pictures
    ///   are not square.
    public init(
        model folder: ModelFolder, settings: Settings = Settings(), variants: [Variant]
    ) throws {
        self.folder = folder
        self.settings = settings
        self.variants = variants
        enhancer = try VideoEnhancer(model: folder)
        let (from, to) = (try folder.generationDefaults().sampling, enhancer.defaults)
        guard from.width == from.height, to.width == to.height, to.width > from.width else {
            throw InvalidField(
                "model",
                "must make squares of squares, as the drawn world is; this one makes "
                    + "\(to.width)×\(to.height) of \(from.width)×\(from.height)")
        }
        small = try SceneRenderer(size: from.width)
        large = try SceneRenderer(size: to.width)
    }

    /// Draws, enhances and measures everything.
    ///
    /// - Parameters:
    ///   - request: what differs from the enhancer's defaults in all variants.
    ///   - progress: is told the share of the work that is done, and what is being enhanced.
    ///   - keep: is given the first video in each form, with its name.
    public func run(
        _ request: (inout EnhancementRequest) -> Void = { _ in },
        progress: (Double, String) -> Void, keep: (String, [RGBFrame]) -> Void
    ) async throws -> EnhancementReport {
        var plain: [String: EnhancementTally] = [:]
        var enhanced = [EnhancementTally](repeating: EnhancementTally(), count: variants.count)
        var used: [EnhancementSettings] = []
        for clip in 0..<settings.clips {
            let scene = Scene.sample(seed: settings.seed &+ 66_000, index: clip, split: .all)
            let truth = try (0..<settings.frames).map { try large.draw(scene, frame: 100 + $0) }
            let input = try degraded(scene, clip: clip)
            let baselines = [
                EnhancementReport.drawn: truth,
                EnhancementReport.reconstructed: try reconstructed(truth),
                EnhancementReport.bicubic: input.map {
                    $0.resized(width: large.size, height: large.size)
                },
            ]
            for (name, frames) in baselines {
                try plain[name, default: EnhancementTally()].add(frames, truth: truth, borders: nil)
                if clip == 0 { keep(name, frames) }
            }
            for (index, variant) in variants.enumerated() {
                var wanted = EnhancementRequest(
                    prompt: scene.caption, seed: settings.seed &+ UInt64(clip))
                request(&wanted)
                variant.change(&wanted)
                let prepared = try await enhancer.prepare(wanted)
                let complete = prepared.settings
                if clip == 0 { used.append(complete) }
                let (frames, seconds) = try await enhance(input, prepared) { share in
                    let done = Double(clip * variants.count + index) + share
                    progress(done / Double(settings.clips * variants.count), variant.name)
                }
                try enhanced[index].add(
                    frames, truth: truth, borders: complete.joins(frames: frames.count))
                enhanced[index].seconds += seconds
                if clip == 0 { keep(variant.name, frames) }
            }
        }
        return EnhancementReport(
            model: folder.url.lastPathComponent, weights: try folder.weightHashes(),
            settings: settings,
            baselines: EnhancementReport.baselineNames.compactMap { name in
                plain[name].map { EnhancementReport.Row(name, $0, settings: nil) }
            },
            variants: zip(variants.indices, variants).map { index, variant in
                EnhancementReport.Row(variant.name, enhanced[index], settings: used[index])
            })
    }

    private func enhance(
        _ input: [RGBFrame], _ request: PreparedEnhancement, progress: (Double) -> Void
    ) async throws -> (frames: [RGBFrame], seconds: Double) {
        let source = AsyncStream<RGBFrame> { stream in
            for frame in input { stream.yield(frame) }
            stream.finish()
        }
        let clock = ContinuousClock.now
        var frames: [RGBFrame] = []
        for try await frame in enhancer.frames(of: source, count: input.count, for: request) {
            frames.append(frame)
            progress(Double(frames.count) / Double(input.count))
        }
        return (frames, (ContinuousClock.now - clock) / .seconds(1))
    }

    /// The small video of a scene as the model would make it, without the errors of its denoiser.
    private func degraded(_ scene: Scene, clip: Int) throws -> [RGBFrame] {
        let autoencoder = try folder.autoencoder()
        let noise = RandomGenerator(seed: settings.seed)
        return try withInferenceMode {
            try (0..<settings.frames).flatMap { frame in
                let image = try Tensor.images([small.draw(scene, frame: 100 + frame)])
                let latents = try autoencoder.encode(image).mean
                let strength = settings.latentNoise / autoencoder.configuration.scalingFactor
                let normal = try noise.normal(latents.shape, .data, chunk: clip, step: frame)
                return try autoencoder.decode(latents + normal * strength).frames()
            }
        }
    }

    /// Large frames through the enhancer's autoencoder.
    private func reconstructed(_ frames: [RGBFrame]) throws -> [RGBFrame] {
        let autoencoder = try folder.enhancerAutoencoder()
        let place = try enhancer.sizeRule.letterbox(
            picture: (large.size, large.size), size: (large.size, large.size))
        return try withInferenceMode {
            try frames.map { frame in
                let image = try Tensor.images([place.apply(frame)])
                let decoded = try autoencoder.decode(autoencoder.encode(image).mean).frames()
                return place.crop(decoded[0])
            }
        }
    }
}
