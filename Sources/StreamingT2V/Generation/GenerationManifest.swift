public import Foundation
public import Torch
public import VideoIO

/// What a video was made from: enough to make it again.
public struct GenerationManifest: Codable, Sendable {
    /// The request, with every value that the model's defaults filled in.
    public struct Settings: Codable, Sendable {
        var prompt: String
        var promptChanges: [PromptChange]?
        var negativePrompt: String
        var seed: UInt64
        var framesRequested: Int?
        var width: Int
        var height: Int
        var fps: Double
        var footage: GivenFootage?
        var firstSolver: GenerationDefaults.Solver
        var firstSteps: Int
        var firstGuidanceScale: Double
        var solver: GenerationDefaults.Solver
        var steps: Int
        var guidanceScale: Double
        var anchorScale: Double
        var guidedSteps: Int?
        var cacheInterval: Int?
        var eta: Double
        var join: GenerationDefaults.Join
        var framesPerDecode: Int?
        var device: String
        var dtype: String
        var threads: Int
    }

    /// What the video begins with, if that was not generated.
    public struct GivenFootage: Codable, Sendable, Hashable {
        var kind: Footage.Kind
        var path: String
        var frames: Int
        /// Of all frames at the video's size.
        var sha256: String

        init(_ footage: Footage) {
            (kind, path) = (footage.kind, footage.path)
            (frames, sha256) = (footage.frameCount, footage.sha256)
        }
    }

    /// One chunk's cost.
    public struct Chunk: Codable, Sendable {
        var index: Int
        var firstFrame: Int
        var frames: Int
        var denoisingSeconds: Double
        var decodingSeconds: Double
        /// For reading weights, where not all of them stay in memory.
        var loadingSeconds: Double
        /// Which attempt it is, from 0; its seed is the settings' plus this.
        var attempt: Int
        /// What the watch found on every attempt, if there was one.
        var reviews: [Review]?
    }

    /// What a watch found on one attempt at a chunk.
    public struct Review: Codable, Sendable, Hashable {
        /// The attempt, from 0.
        public let attempt: Int
        /// What was measured, by name.
        public let figures: [String: Double]
        /// What is beyond its limit, in words.
        public let warnings: [String]

        /// Records an attempt.
        public init(attempt: Int, figures: [String: Double], warnings: [String]) {
            (self.attempt, self.figures, self.warnings) = (attempt, figures, warnings)
        }
    }

    /// How the video was watched while it was made.
    public struct Watch: Codable, Sendable, Hashable {
        /// What happens when a chunk drifts.
        public let policy: String
        /// How often a chunk is made again at most.
        public let retries: Int
        /// The limits, by name.
        public let limits: [String: Double]
        /// What was found on the chunk that the video ended before, if the watch stopped it.
        public internal(set) var stoppedBy: [Review]?

        /// Describes a watch.
        public init(policy: String, retries: Int, limits: [String: Double]) {
            (self.policy, self.retries, self.limits) = (policy, retries, limits)
        }
    }

    /// How the generation ended.
    public enum Outcome: String, Codable, Sendable {
        /// It has not ended, or it was killed; all finished frames are kept.
        case running
        /// All frames were made.
        case complete
        /// The user stopped it; all finished frames are kept.
        case interrupted
        /// The watch stopped it before a chunk that drifts; all frames before that are kept.
        case stopped
        /// An error stopped it; all finished frames are kept.
        case failed
    }

    /// This program's version.
    public var version: String
    /// LibTorch's version.
    public var libTorch: String
    /// The model folder.
    public var model: String
    /// SHA-256 of every weight file, by its path in the model folder; see ``ModelFolder/weightHashes(for:)``.
    public var weights: [String: String] = [:]
    /// Whether the model's weights for few steps were used; see ``ModelFolder/distilled()``.
    public var distilled: Bool?
    /// Parts of the model that lie elsewhere.
    public var pieces: [String: String]?
    /// What was asked for.
    public var settings: Settings
    /// How it was watched, if it was.
    public var watch: Watch?
    /// How the video was enhanced, if it was.
    public var enhancement: EnhancementSettings?
    /// The output file or folder.
    public var output: String
    /// The video before it was enhanced, if it was.
    public var preview: String?
    /// When the generation began, ISO 8601.
    public var started: String
    /// Seconds from the program's start to the first denoising step.
    public var secondsToFirstStep: Double?
    /// Chunks that are in the output.
    public var chunks: [Chunk] = []
    /// Frames that are in the output.
    public var framesWritten = 0
    /// Seconds from the first denoising step to the closed file.
    public var seconds = 0.0
    /// New frames per second over that time.
    public var framesPerSecond = 0.0
    /// The most memory that the program had at any time, in bytes, where the system tells.
    public var peakMemory: Int?
    /// How it ended.
    public var outcome = Outcome.running

    /// The manifest of a generation that is about to begin, without the hashes of the weights.
    ///
    /// - Parameter enhancement: how the video is to be enhanced, and where the one before that goes.
    public init(
        request: GenerationRequest, continuing footage: Footage? = nil,
        model folder: ModelFolder, defaults: GenerationDefaults, fps: FrameRate, device: Device,
        dtype: DType, output: String,
        enhancement: (settings: EnhancementSettings, preview: String)? = nil
    ) throws {
        version = streamingT2VVersion
        libTorch = Runtime.version
        model = folder.url.path
        distilled = folder.isDistilled ? true : nil
        pieces =
            folder.pieces.isEmpty
            ? nil
            : Dictionary(
                uniqueKeysWithValues: folder.pieces.map { ($0.key.rawValue, $0.value.path) })
        let first = request.firstSampling(defaults)
        let further = request.streamingSampling(defaults)
        let size = request.size(defaults)
        settings = Settings(
            prompt: request.prompt,
            promptChanges: request.promptChanges.isEmpty ? nil : request.promptChanges,
            negativePrompt: request.negativePrompt, seed: request.seed,
            framesRequested: request.frames, width: size.width, height: size.height, fps: fps.value,
            footage: footage.map(GivenFootage.init),
            firstSolver: first.solver, firstSteps: first.steps,
            firstGuidanceScale: first.guidanceScale, solver: further.solver,
            steps: further.steps, guidanceScale: further.guidanceScale,
            anchorScale: further.anchorScale ?? max(further.guidanceScale, 1),
            guidedSteps: request.guidedSteps, cacheInterval: request.cacheInterval,
            eta: further.eta,
            join: request.join ?? defaults.join, framesPerDecode: request.framesPerDecode,
            device: "\(device)", dtype: "\(dtype)", threads: Runtime.threadCount)
        self.enhancement = enhancement?.settings
        preview = enhancement?.preview
        self.output = output
        started = Date().formatted(.iso8601)
    }

    /// Records that the watch ended the video.
    public mutating func stop(because reviews: [Review]) {
        watch?.stoppedBy = reviews
    }

    /// Records a chunk.
    ///
    /// - Parameter reviews: what the watch found on every attempt at it.
    public mutating func append(_ chunk: VideoChunk, reviews: [Review]? = nil) {
        if let last = chunks.indices.last, chunks[last].index == chunk.index {
            chunks[last].frames += chunk.frames.count  // a further part of footage
            return
        }
        chunks.append(
            Chunk(
                index: chunk.index, firstFrame: chunk.firstFrame, frames: chunk.frames.count,
                denoisingSeconds: chunk.denoisingSeconds, decodingSeconds: chunk.decodingSeconds,
                loadingSeconds: chunk.loadingSeconds, attempt: chunk.attempt, reviews: reviews))
    }

    /// Records how many frames are in the output, and how fast they were made.
    ///
    /// - Parameters:
    ///   - given: frames at the beginning that were not generated.
    ///   - start: when the first denoising step began.
    public mutating func count(
        _ frames: Int, continuing given: Int = 0, since start: ContinuousClock.Instant
    ) {
        framesWritten = frames
        seconds = (ContinuousClock.now - start) / .seconds(1)
        framesPerSecond = Double(max(0, frames - given)) / max(seconds, 1e-9)
    }

    /// The manifest as JSON with sorted keys.
    public func json() throws -> Data { try Self.json(self) }

    static func json(_ manifest: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(manifest) + Data("\n".utf8)
    }
}

/// The version of this program.
public let streamingT2VVersion = "0.1.0"
