import VideoIO
public import Journeys
import Torch

/// Clips drawn from the procedural world, as many as one asks for.
public struct JourneysSource: ClipSource {
    /// Side of the frames, in pixels.
    public var size: Int { renderer.size }
    /// Which scenes are drawn.
    public let split: Split

    private let renderer: SceneRenderer
    private let seed: UInt64

    /// - Parameters:
    ///   - size: side of the frames, in pixels.
    ///   - seed: seed of the world; another one gives unseen scenes.
    ///   - split: which factor pairs may occur.
    public init(size: Int, seed: UInt64, split: Split) throws {
        renderer = try SceneRenderer(size: size)
        self.seed = seed
        self.split = split
    }

    /// The scene behind a clip.
    public func scene(index: Int) -> Scene {
        Scene.sample(seed: seed, index: index, split: split)
    }

    /// A clip from a random moment of its scene, with a random wording of its caption.
    public func clip(index: Int, frameCount: Int, withLarge: Bool) async throws -> TrainingClip {
        let scene = scene(index: index)
        let bits = RandomGenerator(seed: seed).bits(.data, chunk: index)
        let start = Int(bits % 4096)
        let moments = start..<start + frameCount
        var large: [RGBFrame]?
        if withLarge {
            let renderer = try SceneRenderer(size: size * TrainingClip.enlargement)
            large = try moments.map { try renderer.draw(scene, frame: $0) }
        }
        return TrainingClip(
            frames: try moments.map { try renderer.draw(scene, frame: $0) }, large: large,
            caption: scene.caption(variant: bits >> 16),
            boxes: moments.map {
                scene.groundTruth(frame: $0, size: size).subjectBox
            }, index: index)
    }

    /// Captions of the first scenes.
    public func captions(count: Int) async throws -> [String] {
        (0..<count).map {
            scene(index: $0).caption(
                variant: RandomGenerator(seed: seed).bits(.data, chunk: $0) >> 16)
        }
    }
}
