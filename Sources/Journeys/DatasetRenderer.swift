public import Foundation
import Foundations

/// Writes clips of the world as PNG frames, with their captions and truth.
///
/// The folder receives `clip-000000/frame-000000.png` … and `captions.jsonl`, one ``ClipRecord`` per
/// line in order. A line follows its clip's frames, so what an interrupted run leaves is valid.
public struct DatasetRenderer: Sendable {
    /// What one line of `captions.jsonl` tells.
    public struct ClipRecord: Codable, Sendable, Hashable {
        /// The clip's folder, relative to the data set's.
        public var clip: String
        /// The clip in words.
        public var caption: String
        /// The number of frames.
        public var frames: Int
        /// Frames per second of the world's time.
        public var fps: Int
        /// The factors and the seed of the layout.
        public var scene: Scene
        /// What is known about each frame.
        public var truth: [FrameTruth]
    }

    /// The frame rate of the world, in frames per second.
    public static let framesPerSecond = 8

    /// Numbers of clips, and of frames per clip, that can be written.
    static let counts = 1...1_000_000

    /// Draws the frames.
    public let renderer: SceneRenderer
    /// Names the list of scenes.
    public let seed: UInt64
    /// Which scenes occur.
    public let split: Split
    /// Whether captions vary in wording; otherwise all are canonical.
    public let variesCaptions: Bool

    /// A data set of frames of `size × size` pixels.
    ///
    /// - Throws: ``JourneysError/invalidSize(_:)``.
    public init(
        size: Int, seed: UInt64, split: Split = .training, variesCaptions: Bool = false
    ) throws(JourneysError) {
        renderer = try SceneRenderer(size: size)
        self.seed = seed
        self.split = split
        self.variesCaptions = variesCaptions
    }

    /// The record of clip `index`, without drawing it.
    public func record(clip index: Int, frames: Int) -> ClipRecord {
        let scene = Scene.sample(seed: seed, index: index, split: split)
        // A seed of its own for the wording; bit 0 is set because variant 0 is the canonical one.
        let variant = HashNoise(seed: seed).bits(8, UInt64(bitPattern: Int64(index))) | 1
        return ClipRecord(
            clip: "clip-" + Self.padded(index, 6),
            caption: variesCaptions ? scene.caption(variant: variant) : scene.caption,
            frames: frames, fps: Self.framesPerSecond, scene: scene,
            truth: (0..<frames).map { scene.groundTruth(frame: $0, size: renderer.size) })
    }

    /// Writes `count` clips of `frames` frames each into `folder`, which is made if it is missing.
    ///
    /// - Parameter progress: Called after each clip with the number of clips done.
    /// - Throws: ``JourneysError`` for counts outside of 1 to 1,000,000, a folder that holds a data set already, and
    ///   whatever keeps a file from being written.
    public func write(
        count: Int, frames: Int, to folder: URL, progress: (_ clipsDone: Int) -> Void = { _ in }
    ) throws(JourneysError) {
        for (name, value) in [("count", count), ("frames", frames)]
        where !Self.counts.contains(value) {
            throw .invalidCount(name: name, value: value)
        }
        try makeFolder(folder)
        let lock = try lock(folder)
        defer { lock.release() }
        let list = folder.appendingPathComponent("captions.jsonl")
        guard !FileManager.default.fileExists(atPath: list.path) else {
            throw .outputExists(path: list.path)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        for index in 0..<count {
            let record = record(clip: index, frames: frames)
            let clipFolder = folder.appendingPathComponent(record.clip)
            try makeFolder(clipFolder)
            for frame in 0..<frames {
                let file = clipFolder.appendingPathComponent("frame-\(Self.padded(frame, 6)).png")
                try renderer.writePNG(record.scene, frame: frame, to: file.path)
            }
            try reporting(list) { try LineFile(list).append(encoder.encode(record)) }
            progress(index + 1)
        }
    }

    /// Keeps other processes from writing a data set into the same folder.
    private func lock(_ folder: URL) throws(JourneysError) -> FileLock {
        do {
            return try FileLock(inside: folder)
        } catch {
            throw .cannotWrite(path: folder.path, reason: error.reason)
        }
    }

    private func makeFolder(_ folder: URL) throws(JourneysError) {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder) {
            guard isFolder.boolValue else { throw .notAFolder(path: folder.path) }
            return
        }
        try reporting(folder) {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
    }

    private func reporting<T>(_ url: URL, _ body: () throws -> T) throws(JourneysError) -> T {
        do { return try body() } catch {
            throw .cannotWrite(path: url.path, reason: "\(error)")
        }
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
