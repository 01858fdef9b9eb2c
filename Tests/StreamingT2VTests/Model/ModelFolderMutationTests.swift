import Checkpoints
import Foundation
import Foundations
import TestSupport
import Testing
import Tokenizers
import Torch
import VideoModels

@testable import StreamingT2V

/// A model with damaged configurations is refused, or a video can be planned with it: in a moment, and without a trap.
@Suite struct ModelFolderMutationTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private static func isRefusal(_ error: any Error) -> Bool {
        error is ConfigurationError || error is GenerationError || error is CheckpointError
            || error is TokenizerError
    }

    @Test(arguments: [
        "unet/config.json", "vae/config.json", "text_encoder/config.json",
        "image_encoder/config.json", "streaming/config.json", "scheduler/scheduler_config.json",
        "generation.json", "tokenizer/tokenizer_config.json",
    ])
    func refusesOrPlans(name: String) throws {
        let folder = try SharedModel.copy(to: scratch)
        let file = folder.url.appending(path: name)
        let sound = try Data(contentsOf: file)
        let tally = try MutationTally(
            of: sound, count: max(mutationCount / 100, 10), refusing: Self.isRefusal
        ) { bytes in
            try FileManager.default.removeItem(at: file)
            try Data(bytes).write(to: file)
            let generator = try VideoGenerator(model: folder)
            var request = GenerationRequest(prompt: "a red ball", seed: 1)
            let settings = try generator.settings(of: request)
            let shelf = try NetworkShelf(
                folder, device: .cpu, dtype: .float32, residency: .staged)
            try shelf.compareWithFiles()
            let work = PlannedWork(
                settings, frames: (generator.chunkFrames, generator.keptFrames), chunks: 3,
                isContinuation: false, unet: shelf.pipeline.unet.configuration,
                autoencoder: shelf.pipeline.autoencoder.configuration)
            let forecast = MemoryForecast(
                work, shelf, shelf.preparation, shelf.residency, programBytes: 0)
            #expect(forecast.peak > 0)
            for side in [1, 64, Int.max] {
                (request.sampling.width, request.sampling.height) = (side, side)
                _ = try? generator.settings(of: request)
            }
        }
        #expect(tally.read + tally.refused >= 10 && tally.slowest < .seconds(5))
    }

    @Test func enhancementDefaults() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let sound = try encoder.encode(EnhancementDefaults())
        let tally = try MutationTally(of: sound, count: mutationCount / 2) {
            $0 is DecodingError || Self.isRefusal($0)
        } _: { bytes in
            let defaults = try JSONDecoder().decode(EnhancementDefaults.self, from: Data(bytes))
            try defaults.validate()
            let grid = try defaults.grid()
            #expect(try grid.chunkCount(frames: GenerationRequest.frameLimit) > 0)
            #expect(grid.reach >= 0 && defaults.stepTable.problem(trainSteps: 1000) == nil)
            _ = (defaults.blending, defaults.guidance)
        }
        #expect(tally.read > 0 && tally.refused > 0 && tally.slowest < .seconds(2))
    }

    /// A configuration that asks for more layers than its file has is refused by the file's header, before any prompt is
    /// encoded.
    @Test func moreLayersThanTheFileHasAreRefused() async throws {
        let folder = try SharedModel.copy(to: scratch)
        let file = folder.url.appending(path: "image_encoder/config.json")
        let text = try String(contentsOf: file, encoding: .utf8)
        try Data(text.replacing(#""layers" : 1"#, with: #""layers" : 200"#).utf8).write(to: file)
        let generator = try VideoGenerator(model: folder)
        let error = await #expect(throws: CheckpointError.self) {
            try await generator.check(GenerationRequest(prompt: "a red ball", seed: 1))
        }
        let message = error.map { "\($0)" } ?? ""
        #expect(message.contains("image_encoder") && message.contains("missing"))
    }

    /// Where pictures must be multiples of more than the longest side, only the model's own size is possible.
    @Test func aUnitAboveTheLongestSideLeavesTheUsualSize() throws {
        var defaults = GenerationDefaults()
        (defaults.sampling.width, defaults.sampling.height) = (256, 256)
        var autoencoder = AutoencoderConfiguration()
        autoencoder.patchSize = 128
        var unet = UNet3DConfiguration()
        unet.blockOutChannels = [Int](repeating: 32, count: 8)
        let rule = FrameSizeRule(defaults, autoencoder: autoencoder, unet: unet)
        try rule.require(defaults.sampling)
        var other = defaults.sampling
        other.width = 512
        #expect(
            throws: InvalidField(
                "width", "must be 256, the only one of this model")
        ) { try rule.require(other) }
    }
}
