import Testing
import Torch
import VideoIO

@testable import StreamingT2V

/// The generator's loop against the same loop written out from the networks' parts.
@Suite struct GenerationLoopTests {
    private static let request = GenerationRequest.tiny(frames: 32) {
        $0.negativePrompt = "a yellow bird"
    }

    /// The release's loop: the first frame of all is the anchor, the last eight frames are the condition.
    @Test(arguments: [2.5, 1])
    func generatorFollowsTheReleasesLoop(guidanceScale: Double) async throws {
        var request = Self.request
        request.sampling.guidanceScale = guidanceScale
        let made = try await VideoGenerator(model: SharedModel.folder()).frames(request)
        #expect(try Self.loop(request) == made)
    }

    private static func loop(_ request: GenerationRequest) throws -> [RGBFrame] {
        try withInferenceMode {
            let folder = try SharedModel.folder()
            let defaults = try folder.generationDefaults()
            let pipeline = try folder.pipeline(device: .cpu, dtype: .float32)
            let parts = try #require(pipeline.streaming)
            let prompts = try folder.promptEncoder(device: .cpu)
            let text = try prompts.encode(
                [request.negativePrompt, request.prompt].map {
                    try prompts.tokenize($0, "", truncates: false)
                })
            let scale = request.sampling.guidanceScale ?? 0
            let noise = RandomGenerator(seed: request.seed)
            let shape = [1, 4, 16, 4, 4]

            let first = try pipeline.denoise(
                shape: shape, chunk: 0, sampling: request.settings(defaults).first,
                conditioning: pipeline.firstConditioning(
                    text: text, guidance: .first(scale: scale)),
                condition: nil, noise: noise, observe: { _, _, _ in })
            var video = try pipeline.decode(first, frames: 0..<16)
            let anchor = try video.slice(0, 0..<1)
            for chunk in 1...2 {
                let length = video.shape[0]
                let latents = try pipeline.denoise(
                    shape: shape, chunk: chunk, sampling: request.settings(defaults).further,
                    conditioning: pipeline.streamingConditioning(
                        text: text, images: pipeline.imageTokens(anchor: anchor, parts),
                        guidance: BranchGuidance(scale: scale), parts),
                    condition: video.slice(0, length - 8..<length), noise: noise,
                    observe: { _, _, _ in })
                let decoded = try pipeline.decode(latents, frames: 0..<16)
                video = try Tensor.concatenated([video, decoded.slice(0, 8..<16)], axis: 0)
            }
            return try video.frames()
        }
    }

    /// Each chunk has noise of its own, and each step.
    @Test func noiseDependsOnChunkAndStep() throws {
        let noise: any NoiseSource = RandomGenerator(seed: 5)
        let shape = [1, 4, 2, 3, 3]
        var seen: [[Float]] = []
        for chunk in 0..<3 {
            seen.append(try noise.initialNoise(shape, chunk: chunk).values())
            for step in 0..<3 {
                seen.append(try noise.stepNoise(shape, chunk: chunk, step: step).values())
            }
        }
        #expect(Set(seen).count == seen.count)
        #expect(try noise.initialNoise(shape, chunk: 1).values() == seen[4])
        #expect(try noise.stepNoise(shape, chunk: 2, step: 1).values() == seen[10])
    }
}
