import Foundation
import Schedulers
import TestSupport
import Testing
import Torch
import VideoIO

@testable import StreamingT2V

/// Chunks that keep the frames they share.
@Suite struct KnownFramesTests {
    private let noise = RandomGenerator(seed: 3)

    /// The first n frames are √ᾱ z + √(1 − ᾱ) ε, the others stay as they are.
    @Test(arguments: [0, 499, 999])
    func knownFramesStandInTheSampleAtItsLevelOfNoise(timestep: Int) throws {
        let chunk = try noise.normal([1, 4, 6, 2, 3], .data)
        let origin = try noise.normal([1, 4, 6, 2, 3], .data, step: 1)
        let sample = try noise.normal([1, 4, 6, 2, 3], .data, step: 2)
        let schedule = NoiseSchedule(SchedulerConfiguration())
        let known = try KnownFrames(last: 2, of: chunk, noise: origin)
        let replaced = try known.replaced(in: sample, at: timestep, schedule)
        #expect(replaced.shape == sample.shape)
        let signal = Double(schedule.alphasCumulative[timestep])
        let expected =
            try chunk.slice(2, 4..<6) * signal.squareRoot()
            + origin.slice(2, 4..<6) * (1 - signal).squareRoot()
        try expectClose(replaced.slice(2, 0..<2), expected, tolerance: 1e-6, "known")
        #expect(try replaced.slice(2, 2..<6).values() as [Float] == sample.slice(2, 2..<6).values())
    }

    /// The network sees them at every step, and they come out as they went in.
    @Test func denoisingKeepsThemAndChangesTheOthers() throws {
        let folder = try SharedModel.folder()
        let pipeline = try folder.pipeline(device: .cpu, dtype: .float32)
        let parts = try #require(pipeline.streaming)
        let shape = [1, 4, 16, 4, 4]
        let text = try noise.normal([2, 77, 24], .data)
        let pictures = try noise.normal([8, 3, 32, 32], .data, step: 1).clamped(to: -1...1)
        let conditioning = try pipeline.streamingConditioning(
            text: text, images: pipeline.imageTokens(anchor: pictures.slice(0, 0..<1), parts),
            guidance: BranchGuidance(scale: 2.5), parts)
        func denoise(_ known: KnownFrames?) throws -> (last: Tensor, steps: [Tensor]) {
            var steps: [Tensor] = []
            let last = try pipeline.denoise(
                shape: shape, chunk: 1,
                sampling: .init(
                    solver: .dpmSolver, steps: 3, eta: 0, guidance: BranchGuidance(scale: 2.5)),
                conditioning: conditioning, condition: pictures, known: known, noise: noise
            ) { _, prediction, _ in steps.append(prediction) }
            return (last, steps)
        }
        let known = try KnownFrames(
            last: 8, of: noise.normal(shape, .data, step: 2),
            noise: noise.initialNoise(shape, chunk: 0))
        let (kept, free) = (try denoise(known), try denoise(nil))
        #expect(try kept.last.slice(2, 0..<8).values() as [Float] == known.latents.values())
        for (one, other) in zip(kept.steps, free.steps) {
            let difference = try (one - other).slice(2, 8..<16).absolute().maximum().item()
            #expect(difference > 1e-4)
        }
        #expect(kept.steps.count == 3)
    }

    /// Only chunks behind the first have something to keep.
    @Test func generatorKeepsFromTheSecondChunkOn() async throws {
        let generator = try VideoGenerator(model: SharedModel.folder())
        let usual = try await generator.frames(.tiny(frames: 32))
        let named = try await generator.frames(.tiny(frames: 32) { $0.sampling.join = .regenerate })
        let kept = try await generator.frames(.tiny(frames: 32) { $0.sampling.join = .keep })
        #expect(named == usual)
        #expect(kept[..<16] == usual[..<16])
        for index in 16..<32 { #expect(kept[index] != usual[index]) }
    }

    /// What it is for: the embedded model's borders show less.
    @Test func bordersOfTheEmbeddedModelShowLess() async throws {
        let folder = URL(filePath: #filePath).appending(path: "../../../../Models/journeys")
        let generator = try VideoGenerator(model: ModelFolder(folder.standardizedFileURL))
        #expect(generator.defaults.sampling.join == .keep)
        func jump(_ join: SamplingSettings.Join) async throws -> Double {
            var request = GenerationRequest(
                prompt: "a green train rolls slowly to the left through the desert by day",
                seed: 3)
            request.frames = 32
            request.sampling.join = join
            let frames = try await generator.frames(request)
            return [16, 24].map { change(frames[$0 - 1], frames[$0]) }.reduce(0, +) / 2
        }
        let (kept, free) = (try await jump(.keep), try await jump(.regenerate))
        #expect(kept < 0.9 * free, "\(kept) levels at the borders, \(free) without")
    }

    private func change(_ one: RGBFrame, _ other: RGBFrame) -> Double {
        let sum = zip(one.pixels, other.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        return Double(sum) / Double(one.pixels.count)
    }
}
