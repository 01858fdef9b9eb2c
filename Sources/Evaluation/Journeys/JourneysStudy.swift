public import Foundation
public import Journeys
public import StreamingT2V
public import VideoIO
import Torch

/// Measures what a model makes of prompts from the drawn world, whose truth is known.
///
/// Factors by a classifier trained on drawn frames, scene cuts by the AdaptiveDetector in its 0.6.3 form, motion by
/// matching the ground from frame to frame and by pixel differences.
public struct JourneysStudy {
    /// How many videos of which length.
    public struct Length: Sendable, Hashable {
        /// Frames of each video.
        public let frames: Int
        /// Number of prompts.
        public let prompts: Int

        /// Videos of one length.
        public init(frames: Int, prompts: Int) {
            self.frames = frames
            self.prompts = prompts
        }
    }

    /// The published protocol: 64 first chunks, 16 videos of 240 frames, 4 of 1200.
    public static let standard = [
        Length(frames: 16, prompts: 64), Length(frames: 240, prompts: 16),
        Length(frames: 1200, prompts: 4),
    ]

    private let folder: ModelFolder
    private let seed: UInt64
    private let lengths: [Length]
    private let classifier: FactorClassifier

    /// - Parameters:
    ///   - folder: the model.
    ///   - classifier: see `FactorClassifier.trained`.
    ///   - seed: seed of prompts and videos.
    ///   - lengths: what to generate.
    public init(
        model folder: ModelFolder, classifier: FactorClassifier, seed: UInt64 = 1,
        lengths: [Length] = Self.standard
    ) {
        self.folder = folder
        self.classifier = classifier
        self.seed = seed
        self.lengths = lengths
    }

    /// The scenes behind the prompts; every fourth has a held-out pair.
    public static func scene(seed: UInt64, index: Int) -> Scene {
        Scene.sample(
            seed: seed &+ 77_000, index: index, split: index % 4 == 3 ? .heldOut : .training)
    }

    /// Generates and measures everything.
    ///
    /// - Parameters:
    ///   - progress: is told the length, the prompt's number and the frames made.
    ///   - keep: is given each finished video's caption and 16 evenly spaced frames.
    public func run(
        progress: (Length, Int, Int) -> Void, keep: (String, [RGBFrame]) -> Void
    ) async throws -> JourneysReport {
        let generator = try VideoGenerator(model: folder)
        let (accuracy, speedError) = try classifierFigures()
        var figures: [LengthFigures] = []
        for length in lengths where length.prompts > 0 {
            var measured = LengthFigures(frames: length.frames)
            var seconds = 0.0
            var cuts = 0
            for index in 0..<length.prompts {
                let scene = Self.scene(seed: seed, index: index)
                var request = GenerationRequest(
                    prompt: scene.caption, seed: seed &+ UInt64(index))
                request.frames = length.frames
                var record = VideoRecord(frames: length.frames)
                for try await chunk in generator.chunks(for: try await generator.prepare(request)) {
                    seconds += chunk.denoisingSeconds + chunk.decodingSeconds
                    for frame in chunk.frames { record.append(frame) }
                    progress(length, index, record.count)
                }
                cuts += record.finishCuts()
                try measure(record, scene: scene, into: &measured)
                keep(scene.caption, record.samples)
            }
            let frames = Double(length.frames * length.prompts)
            measured.cutsPer240 = Double(cuts) * 240 / frames
            measured.framesPerSecond = frames / max(seconds, 1e-9)
            figures.append(measured)
        }
        return JourneysReport(
            model: folder.url.lastPathComponent, weights: try folder.weightHashes(), seed: seed,
            autoencoderPSNR: try autoencoderPSNR(), autoencoderMotion: try autoencoderMotion(),
            classifier: accuracy, scrollSpeedError: speedError,
            steps: generator.defaults.sampling.steps,
            lengths: figures)
    }

    private func measure(
        _ record: VideoRecord, scene: Scene, into figures: inout LengthFigures
    ) throws {
        let first = try classifier.read(record.first)
        let last = try classifier.read(record.last)
        let hits = Self.hits(first, scene)
        figures.first.add(hits)
        if scene.isHeldOut { figures.firstHeldOut.add(hits) }
        figures.last.add(Self.hits(last, scene))
        Self.addMotion(first: record.first, last: record.last, of: scene, to: &figures.motion)
    }

    /// Compares how the last frames of a video move with its first ones and with its scene.
    private static func addMotion(
        first: [RGBFrame], last: [RGBFrame], of scene: Scene, to motion: inout MotionFigures
    ) {
        let wanted = scene.direction.sign * scene.speed.pixelsPerFrame
        let isRoad = scene.subject.isLandVehicle
        let velocity = ScrollEstimator.velocity(last, hasVehicle: isRoad)
        let start = ScrollEstimator.velocity(first, hasVehicle: isRoad)
        motion.add(
            rightDirection: velocity * wanted > 0, speedError: abs(velocity - wanted) / abs(wanted),
            stillMoving: VideoRecord.change(last) / max(VideoRecord.change(first), 1e-9),
            stillScrolling: abs(velocity) / max(abs(start), 0.25))
    }

    private static func hits(_ reading: FactorClassifier.Reading, _ scene: Scene) -> [Bool] {
        [
            reading.subject == scene.subject, reading.colour == scene.colour,
            reading.background == scene.background, reading.timeOfDay == scene.timeOfDay,
            reading.direction == scene.direction,
        ]
    }

    /// How well the instruments read drawn clips that the classifier has not seen.
    private func classifierFigures() throws -> (FactorAccuracy, Double) {
        let renderer = try SceneRenderer(size: FactorClassifier.size)
        var accuracy = FactorAccuracy()
        var error = 0.0
        let count = 200
        for index in 0..<count {
            let scene = Scene.sample(seed: seed &+ 88_000, index: index, split: .all)
            var frames: [RGBFrame] = []
            for frame in 0..<16 { frames.append(try renderer.draw(scene, frame: 100 + frame)) }
            let reading = try classifier.read(frames)
            accuracy.add(Self.hits(reading, scene))
            let wanted = scene.direction.sign * scene.speed.pixelsPerFrame
            let velocity = ScrollEstimator.velocity(
                frames, hasVehicle: scene.subject.isLandVehicle)
            error += abs(velocity - wanted) / Double(count)
        }
        return (accuracy, error)
    }

    /// Mean PSNR of encoding and decoding drawn frames of unseen scenes, in dB.
    private func autoencoderPSNR() throws -> Double {
        let autoencoder = try folder.autoencoder()
        let side = try folder.generationDefaults().sampling.height
        let renderer = try SceneRenderer(size: side)
        let count = 256
        return try withInferenceMode {
            var total = 0.0
            for index in 0..<count {
                let scene = Scene.sample(seed: seed &+ 99_000, index: index, split: .all)
                let image = try Tensor.images([renderer.draw(scene, frame: index)])
                let decoded = try autoencoder.decode(autoencoder.encode(image).mean)
                let error = try (decoded.clamped(to: -1...1) - image).squared().mean().item() / 4
                total += -10 * log10(max(error, 1e-10))
            }
            return total / Double(count)
        }
    }

    /// Motion that is left of drawn clips after encoding and decoding: what a perfect denoiser would reach.
    private func autoencoderMotion() throws -> MotionFigures {
        let autoencoder = try folder.autoencoder()
        let renderer = try SceneRenderer(size: try folder.generationDefaults().sampling.height)
        var motion = MotionFigures()
        for index in 0..<64 {
            let scene = Self.scene(seed: seed, index: index)
            let drawn = try (0..<16).map { try renderer.draw(scene, frame: 100 + $0) }
            let decoded = try withInferenceMode {
                try autoencoder.decode(autoencoder.encode(Tensor.images(drawn)).mean).frames()
            }
            Self.addMotion(first: drawn, last: decoded, of: scene, to: &motion)
        }
        return motion
    }
}
