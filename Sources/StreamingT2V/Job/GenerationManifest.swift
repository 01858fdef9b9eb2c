public import Foundation
import Torch
public import VideoIO

/// What a video was made from: enough to make it again.
public struct GenerationManifest: Codable, Sendable {
    /// The request, with every value that the model's defaults filled in.
    public struct Settings: Sendable {
        /// What the video shows.
        public var prompt: String
        /// What it shows later.
        public var promptChanges: [PromptChange]?
        /// What it does not show.
        public var negativePrompt: String
        /// Whether a prompt that is too long was cut.
        public var truncatesPrompt: Bool
        /// Seed of all randomness.
        public var seed: UInt64
        /// Frames that were asked for, or `nil` for an endless video.
        public var framesRequested: Int?
        /// Frames per second of the file.
        public var fps: Double
        /// What the video begins with.
        public var footage: GivenFootage?
        /// Where the networks ran.
        public var device: String
        /// What convolutions and matrix products were computed in.
        public var dtype: String
        /// Threads of one operation.
        public var threads: Int
        /// How the chunks were made; its fields stand next to the others.
        public var sampling: SamplingSettings
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
        of request: PreparedRequest, by generator: VideoGenerator, fps: FrameRate, output: String,
        enhancement: (settings: EnhancementSettings, preview: String)? = nil
    ) {
        let folder = generator.folder
        version = streamingT2VVersion
        libTorch = Runtime.version
        model = folder.url.path
        distilled = folder.isDistilled ? true : nil
        pieces =
            folder.pieces.isEmpty
            ? nil
            : Dictionary(
                uniqueKeysWithValues: folder.pieces.map { ($0.key.rawValue, $0.value.path) })
        let wanted = request.request
        settings = Settings(
            prompt: wanted.prompt,
            promptChanges: wanted.promptChanges.isEmpty ? nil : wanted.promptChanges,
            negativePrompt: wanted.negativePrompt, truncatesPrompt: wanted.truncatesPrompt,
            seed: wanted.seed, framesRequested: wanted.frames, fps: fps.value,
            footage: request.footage.map(GivenFootage.init), device: "\(generator.device)",
            dtype: "\(generator.dtype)", threads: Runtime.threadCount,
            sampling: request.settings)
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

extension GenerationManifest.Settings: Codable {
    private enum CodingKeys: String, CodingKey {
        case prompt, seed, fps, footage, device, dtype, threads
        case promptChanges = "prompt_changes"
        case negativePrompt = "negative_prompt"
        case truncatesPrompt = "truncate_prompt"
        case framesRequested = "frames_requested"
    }

    /// Decodes settings; their fields are those of the JSON of ``GenerationManifest``.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        prompt = try values.decode(String.self, forKey: .prompt)
        promptChanges = try values.decodeIfPresent([PromptChange].self, forKey: .promptChanges)
        negativePrompt = try values.decode(String.self, forKey: .negativePrompt)
        truncatesPrompt = try values.decodeIfPresent(Bool.self, forKey: .truncatesPrompt) ?? false
        seed = try values.decode(UInt64.self, forKey: .seed)
        framesRequested = try values.decodeIfPresent(Int.self, forKey: .framesRequested)
        fps = try values.decode(Double.self, forKey: .fps)
        footage = try values.decodeIfPresent(
            GenerationManifest.GivenFootage.self, forKey: .footage)
        device = try values.decode(String.self, forKey: .device)
        dtype = try values.decode(String.self, forKey: .dtype)
        threads = try values.decode(Int.self, forKey: .threads)
        sampling = try SamplingSettings(from: decoder)
    }

    /// Encodes settings.
    public func encode(to encoder: any Encoder) throws {
        try sampling.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(prompt, forKey: .prompt)
        try values.encodeIfPresent(promptChanges, forKey: .promptChanges)
        try values.encode(negativePrompt, forKey: .negativePrompt)
        try values.encode(truncatesPrompt, forKey: .truncatesPrompt)
        try values.encode(seed, forKey: .seed)
        try values.encodeIfPresent(framesRequested, forKey: .framesRequested)
        try values.encode(fps, forKey: .fps)
        try values.encodeIfPresent(footage, forKey: .footage)
        try values.encode(device, forKey: .device)
        try values.encode(dtype, forKey: .dtype)
        try values.encode(threads, forKey: .threads)
    }
}

/// The version of this program.
public let streamingT2VVersion = "0.1.0"
