public import Foundation
import Torch
public import VideoIO

/// What an enhanced video was made from: enough to make it again.
public struct EnhancementManifest: Codable, Sendable {
    /// This program's version.
    public var version: String
    /// LibTorch's version.
    public var libTorch: String
    /// The model folder.
    public var model: String
    /// SHA-256 of every weight file that was used, by its path in the model folder.
    public var weights: [String: String]
    /// What was asked for.
    public var settings: EnhancementSettings
    /// Where the networks ran.
    public var device: String
    /// What convolutions and matrix products were computed in.
    public var dtype: String
    /// Threads of one operation.
    public var threads: Int
    /// The video that was enhanced.
    public var input: String
    /// The output file or folder.
    public var output: String
    /// Size of the enhanced pictures, in pixels.
    public var width: Int
    /// Size of the enhanced pictures, in pixels.
    public var height: Int
    /// Frames per second of the output, as a fraction.
    public var rate: String
    /// Whether the output has the input's sound.
    public var hasSound = false
    /// When the enhancement began, ISO 8601.
    public var started: String
    /// Evaluations of the network.
    public var evaluations = 0
    /// Frames that are in the output.
    public var framesWritten = 0
    /// Seconds from the first frame that was read to the closed file.
    public var seconds = 0.0
    /// New frames per second over that time.
    public var framesPerSecond = 0.0
    /// How it ended.
    public var outcome = GenerationManifest.Outcome.running

    /// The manifest of an enhancement that is about to begin.
    ///
    /// - Parameters:
    ///   - size: of the enhanced pictures, in pixels.
    ///   - rate: of the output.
    public init(
        settings: EnhancementSettings, by enhancer: VideoEnhancer, input: String, output: String,
        size: (width: Int, height: Int), rate: FrameRate
    ) throws {
        let folder = enhancer.folder
        version = streamingT2VVersion
        libTorch = Runtime.version
        model = folder.url.path
        weights = try folder.weightHashes(for: [.enhancement])
        self.settings = settings
        device = "\(enhancer.device)"
        dtype = "\(enhancer.dtype)"
        threads = Runtime.threadCount
        self.input = input
        self.output = output
        (width, height) = size
        self.rate = "\(rate)"
        started = Date().formatted(.iso8601)
    }

    /// Records how many frames are in the output, and how fast they were made.
    public mutating func count(
        _ frames: Int, evaluations: Int, since start: ContinuousClock.Instant
    ) {
        framesWritten = frames
        self.evaluations = evaluations
        seconds = (ContinuousClock.now - start) / .seconds(1)
        framesPerSecond = Double(frames) / max(seconds, 1e-9)
    }

    /// The manifest as JSON with sorted keys.
    public func json() throws -> Data { try GenerationManifest.json(self) }
}
