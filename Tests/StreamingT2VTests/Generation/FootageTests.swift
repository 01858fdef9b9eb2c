import Checkpoints
import Foundation
import Foundations
import TestSupport
import Testing
import Torch
import VideoIO

@testable import StreamingT2V

/// Videos that begin with the user's own pictures.
@Suite struct FootageTests {
    private let scratch: Scratch
    private let generator: VideoGenerator

    init() throws {
        scratch = try Scratch()
        generator = try VideoGenerator(model: SharedModel.folder())
    }

    /// Smooth pictures that differ from frame to frame.
    private func pictures(_ count: Int, width: Int = 32, height: Int = 32) -> [RGBFrame] {
        (0..<count).map { frame in
            RGBFrame(
                width: width, height: height,
                pixels: (0..<height * width * 3).map { index in
                    let (row, column) = (index / 3 / width, index / 3 % width)
                    let wave = sin(Double(column + 2 * frame) / 5 + Double(index % 3))
                    return UInt8(128 + 60 * wave + Double(row % 32))
                })
        }
    }

    /// Writes a folder of PNG frames.
    private func video(_ frames: [RGBFrame], _ name: String = "video") async throws -> String {
        let path = scratch.folder.appending(path: name).path + "/"
        let writer = try await VideoOutput.open(
            path: path, width: frames[0].width, height: frames[0].height, framesPerSecond: 8)
        for frame in frames { try await writer.append(frame) }
        try await writer.finish()
        return path
    }

    private func frames(
        _ footage: Footage, _ request: GenerationRequest
    ) async throws -> [RGBFrame] {
        var frames: [RGBFrame] = []
        for try await chunk in try await generator.chunks(for: request, continuing: footage) {
            #expect(chunk.firstFrame == frames.count)
            frames += chunk.frames
        }
        return frames
    }

    /// The loop of the release with the last frames in the place of its first chunk.
    @Test(arguments: [1, 5, 12, 16, 40], SamplingSettings.Join.allCases)
    func videoGoesOnFromTheLastFrames(count: Int, join: SamplingSettings.Join) async throws {
        let given = pictures(count)
        let request = GenerationRequest.tiny(frames: 13) { $0.sampling.join = join }
        let footage = try await generator.footage(video(given), as: .video, for: request)
        #expect(footage.frameCount == count && footage.recentFrames == given.suffix(16))
        let made = try await frames(footage, request)
        #expect(made.count == count + 13)
        #expect(Array(made.prefix(count)) == given)
        let recent = Array(given.suffix(16))
        let still = Array(repeating: recent[0], count: max(0, 8 - count))
        let expected = try Self.loop(
            request, anchor: recent[0], condition: still + recent.suffix(8))
        #expect(Array(made.suffix(13)) == Array(expected.prefix(13)))
    }

    /// Two chunks behind frames that are given.
    private static func loop(
        _ request: GenerationRequest, anchor: RGBFrame, condition: [RGBFrame]
    ) throws -> [RGBFrame] {
        try withInferenceMode {
            let folder = try SharedModel.folder()
            let defaults = try folder.generationDefaults()
            let pipeline = try folder.pipeline(device: .cpu, dtype: .float32)
            let parts = try #require(pipeline.streaming)
            let prompts = try folder.promptEncoder(device: .cpu)
            let text = try prompts.encode(
                ["", request.prompt].map { try prompts.tokenize($0, "", truncates: false) })
            let sampling = try request.settings(defaults).further
            let conditioning = try pipeline.streamingConditioning(
                text: text, images: pipeline.imageTokens(anchor: Tensor.images([anchor]), parts),
                guidance: sampling.guidance, parts)
            let noise = RandomGenerator(seed: request.seed)
            // Rounded as decoded frames are.
            var last = try Tensor.images(condition) + 1 - 1
            var known: KnownFrames?
            if request.sampling.join == .keep {
                // [8, C, h, w]
                let mean = try pipeline.autoencoder.encode(Tensor.images(condition)).mean
                known = KnownFrames(
                    latents: try (mean * pipeline.autoencoder.configuration.scalingFactor)
                        .permuted(1, 0, 2, 3).expandedDimension(at: 0),
                    noise: try noise.initialNoise([1, 4, 8, 4, 4], chunk: 0))
            }
            var made: [RGBFrame] = []
            for chunk in 1...2 {
                let shape = [1, 4, 16, 4, 4]
                let latents = try pipeline.denoise(
                    shape: shape, chunk: chunk, sampling: sampling, conditioning: conditioning,
                    condition: last, known: known, noise: noise, observe: { _, _, _ in })
                last = try pipeline.decode(latents, frames: 8..<16)
                if request.sampling.join == .keep {
                    known = try KnownFrames(
                        last: 8, of: latents,
                        noise: pipeline.start(shape, chunk: chunk, known: known, noise: noise))
                }
                made += try last.frames()
            }
            return made
        }
    }

    /// A video that goes on from its own first chunk is nearly the video itself: only the bytes are rounded between.
    @Test func ownFirstChunkGivesNearlyTheSameVideo() async throws {
        let whole = try await generator.frames(.tiny(frames: 32))
        let request = GenerationRequest.tiny()
        let footage = try await generator.footage(
            video(Array(whole.prefix(16))), as: .video, for: request)
        let made = try await frames(footage, request)
        let other = try await frames(footage, .tiny { $0.seed = 8 })
        #expect(made.count == 32 && Array(made.prefix(16)) == Array(whole.prefix(16)))
        for index in 16..<32 {
            #expect(difference(made[index], whole[index]) < 1.5, "frame \(index)")
            #expect(difference(other[index], whole[index]) > 3, "frame \(index)")
        }
    }

    private func difference(_ one: RGBFrame, _ other: RGBFrame) -> Double {
        let sum = zip(one.pixels, other.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        return Double(sum) / Double(one.pixels.count)
    }

    @Test func picturesOfAnotherShapeAreCut() async throws {
        let large = pictures(3, width: 200, height: 90)
        let request = GenerationRequest.tiny(frames: 8) { $0.sampling.width = 48 }
        let footage = try await generator.footage(video(large), as: .video, for: request)
        let made = try await frames(footage, request)
        #expect(made.count == 11 && made.allSatisfy { $0.width == 48 && $0.height == 32 })
        #expect(Array(made.prefix(3)) == large.map { $0.covering(width: 48, height: 32) })
    }

    /// Chunks, progress and the manifest count the footage as chunk 0, however long it is.
    @Test func footageIsChunkZero() async throws {
        let request = GenerationRequest.tiny(frames: 13) {
            $0.promptChanges = [PromptChange(frame: 41, prompt: "a blue car")]
        }
        let footage = try await generator.footage(video(pictures(40)), as: .video, for: request)
        let plan = generator.plan(continuing: footage)
        #expect(plan.chunkCount(frames: 53) == 3)
        #expect(plan.frameRange(chunk: 1) == 40..<48)
        let log = GenerationLog()
        let prepared = try await generator.prepare(request, continuing: footage)
        var manifest = GenerationManifest(
            of: prepared, by: generator, fps: 12, output: "a.mp4")
        for try await chunk in generator.chunks(for: prepared, progress: log.append) {
            manifest.append(chunk)
        }
        #expect(log.steps.map(\.chunk) == [1, 1, 2, 2])
        #expect(log.steps.allSatisfy { $0.chunks == 3 })
        #expect(manifest.chunks.map(\.index) == [0, 1, 2])
        #expect(manifest.chunks.map(\.firstFrame) == [0, 40, 48])
        #expect(manifest.chunks.map(\.frames) == [40, 8, 5])
        #expect(manifest.settings.footage?.frames == 40)
        #expect(manifest.settings.footage?.sha256.count == 64)
        #expect(manifest.settings.fps == 12)
        // The text changes behind the footage and the first new chunk.
        let plain = try await frames(footage, .tiny(frames: 13))
        let changed = try await frames(footage, request)
        #expect(changed[..<48] == plain[..<48] && changed[48...] != plain[48...])
        for frame in [0, 40] {
            await #expect(throws: InvalidField.self) {
                try await generator.check(
                    .tiny { $0.promptChanges = [PromptChange(frame: frame, prompt: "a")] },
                    continuing: footage)
            }
        }
    }

    /// The first chunk's UNet is not read: its weights may be missing.
    @Test(arguments: [Residency.kept, .staged, .offloaded])
    func stageOneIsNotNeeded(residency: Residency) async throws {
        let folder = try SynthesizedModel.copy(to: scratch)
        try FileManager.default.removeItem(at: folder.weights(.unet))
        let generator = try VideoGenerator(model: folder, residency: residency)
        let request = GenerationRequest.tiny(frames: 9) { $0.sampling.join = .keep }
        await #expect(throws: CheckpointError.self) { try await generator.prepare(request) }
        let footage = try await generator.footage(video(pictures(2)), as: .video, for: request)
        try await generator.load(for: generator.prepare(request, continuing: footage))
        var frames: [RGBFrame] = []
        for try await chunk in try await generator.chunks(for: request, continuing: footage) {
            frames += chunk.frames
        }
        #expect(frames.count == 11 && Set(frames).count == 11)
    }

    @Test func whatCannotBeIsRefused() async throws {
        let request = GenerationRequest.tiny()
        let path = try await video(pictures(2))
        await #expect(
            throws: InvalidField(
                "image", "is for one picture, and \(path) has several; give it as \(field: "video")"
            )
        ) { try await generator.footage(path, as: .image, for: request) }
        await #expect(throws: VideoIOError.self) {
            try await generator.footage("/nowhere.mp4", as: .video, for: request)
        }
        let footage = try await generator.footage(path, as: .video, for: request)
        await #expect(
            throws: InvalidField(
                "first_solver",
                "is for a first chunk that is generated; with \(field: "video") there is none")
        ) {
            try await generator.check(
                .tiny { $0.sampling.firstSolver = .ddim }, continuing: footage)
        }
        await #expect(
            throws: InvalidField(
                "video", "was read at 32×32 pixels, the video has 64×32")
        ) { try await generator.check(.tiny { $0.sampling.width = 64 }, continuing: footage) }
        var model = TinyModel()
        model.streaming = nil
        let folder = try model.make(at: scratch.folder.appending(path: "model"))
        let error = GenerationError.noContinuation(folder: folder.url.path, field: "video")
        await #expect(throws: error) {
            try await VideoGenerator(model: folder).check(request, continuing: footage)
        }
        // One that has lost a frame meanwhile.
        try FileManager.default.removeItem(atPath: path + "frame-000001.png")
        await #expect(throws: GenerationError.footageChanged(path: path)) {
            try await frames(footage, request)
        }
    }
}
