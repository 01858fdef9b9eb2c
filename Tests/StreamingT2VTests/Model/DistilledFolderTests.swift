import Checkpoints
import Foundation
import TestSupport
import Testing
import Torch
import TorchNN
import VideoModels

@testable import StreamingT2V

/// `distilled/` in a model folder: changes of the weights for few steps.
@Suite struct DistilledFolderTests {
    private let scratch: Scratch
    private let model: ModelFolder

    init() throws {
        scratch = try Scratch()
        model = try TinyModel.make(at: scratch.folder.appending(path: "model"))
    }

    /// A change of the UNet's first convolution, one of a merger and one of the extractor's.
    private static let layers: [(name: String, outputs: Int, inputs: Int)] = [
        ("conv_in", 32, 36),
        ("base_model.cross_attention_merger_mid_block.temporal_transformer.proj_in", 64, 64),
        ("unet.conv_in", 32, 36),
    ]

    private func matrices(_ seed: UInt64) throws -> [(name: String, tensor: Tensor)] {
        try Self.layers.enumerated().flatMap { index, layer in
            let (name, outputs, inputs) = layer
            let generator = RandomGenerator(seed: seed &+ UInt64(index))
            return [
                (
                    "\(name).lora_B.weight",
                    try generator.normal([outputs, 2], .data) * 0.2
                ),
                (
                    "\(name).lora_A.weight",
                    try generator.normal([2, inputs], .data, chunk: 1) * 0.2
                ),
            ]
        }
    }

    private func saveChanges() throws {
        var defaults = try model.generationDefaults()
        (defaults.sampling.firstSteps, defaults.sampling.steps) = (1, 1)
        (defaults.sampling.firstGuidanceScale, defaults.sampling.guidanceScale) = (1, 1)
        try model.saveDistilled(
            matrices(4), configuration: DistilledConfiguration(unet: model, streaming: model),
            defaults: defaults)
    }

    @Test func loadsTheChangedWeights() throws {
        try saveChanges()
        let distilled = try model.distilled()
        let sizes = try model.streamingConfiguration()
        let networks: [(plain: any Module, changed: any Module, expected: Set<String>, Int)] = [
            (
                try model.unet(streaming: sizes), try distilled.unet(streaming: sizes),
                ["convIn.weight", "middleMerger.projIn.weight"], 0
            ),
            (
                try model.unet(streaming: nil), try distilled.unet(streaming: nil),
                ["convIn.weight"], 0
            ),
            (
                try model.conditioning(sizes).extractor,
                try distilled.conditioning(sizes).extractor, ["convIn.weight"], 2
            ),
        ]
        let halves = try matrices(4).map {
            try $0.tensor.converted(to: .float16).converted(to: .float32)
        }
        for (plain, changed, expected, layer) in networks {
            let product = try halves[2 * layer].multiplied(by: halves[2 * layer + 1])
            var found: Set<String> = []
            for (before, after) in zip(plain.parameters(), changed.parameters()) {
                let difference = try after.parameter.value - before.parameter.value
                if try difference.absolute().maximum().item() > 0 { found.insert(before.path) }
                guard before.path == "convIn.weight" else { continue }
                let error = try difference.reshaped(32, 36) - product
                #expect(try error.absolute().maximum().item() < 1e-6)
            }
            #expect(found == expected)
        }
    }

    @Test func makesOtherVideosWithDefaultsOfItsOwn() async throws {
        try saveChanges()
        let distilled = try model.distilled()
        #expect(try distilled.generationDefaults().sampling.steps == 1)
        #expect(try model.generationDefaults().sampling.steps == 2)
        let generator = try VideoGenerator(model: distilled)
        var request = GenerationRequest(prompt: "a red ball rolls", seed: 3)
        request.frames = 24
        func frames(_ generator: VideoGenerator) async throws -> [[UInt8]] {
            var frames: [[UInt8]] = []
            for try await chunk in try await generator.chunks(for: request) {
                frames += chunk.frames.map(\.pixels)
            }
            return frames
        }
        let made = try await frames(generator)
        (request.sampling.steps, request.sampling.guidanceScale) = (1, 1)
        #expect(try await frames(generator) == made)
        let plain = try await frames(VideoGenerator(model: model))
        #expect(plain.count == 24 && plain[0] != made[0] && plain[20] != made[20])
    }

    /// The changes' hash stands beside those of the weights that they change, where they are used.
    @Test func isPartOfWhatAVideoIsMadeOf() async throws {
        try saveChanges()
        let plain = try model.weightHashes()
        let hashes = try model.distilled().weightHashes()
        #expect(
            Set(hashes.keys).subtracting(plain.keys) == ["distilled/model.safetensors"]
                && plain.allSatisfy { hashes[$0.key] == $0.value })
        let generator = try VideoGenerator(model: model.distilled())
        let manifest = GenerationManifest(
            of: try await generator.prepare(.tiny()), by: generator, fps: 8, output: "a.mp4")
        #expect(manifest.distilled == true)
        #expect(
            String(decoding: try manifest.json(), as: UTF8.self).contains("\"distilled\" : true"))
    }

    @Test func refusesAModelWithoutAndChangesOfAnotherModel() throws {
        #expect(throws: GenerationError.noDistilled(folder: model.url.path)) {
            try model.distilled()
        }
        try saveChanges()
        // A file that an interrupted copy left out, and changes of other weights of the same shapes.
        for name in ["generation.json", "config.json", "model.safetensors"] {
            let file = model.folder(.distilled).appending(path: name)
            let bytes = try Data(contentsOf: file)
            try FileManager.default.removeItem(at: file)
            #expect(
                throws: GenerationError.notAModel(
                    folder: model.folder(.distilled).path, missing: name)
            ) { try model.distilled() }
            try bytes.write(to: file)
        }
        _ = try model.distilled()
        let unet = UNet3D(try model.unetConfiguration())
        try TinyModel.fill(unet, seed: 77)
        let own = try Data(contentsOf: model.weights(.unet))
        try model.save(unet.namedTensors(.unet), of: .unet)
        #expect {
            try model.distilled()
        } throws: { error in
            "\(error)".contains("trained for other weights")
        }
        try own.write(to: model.weights(.unet))
        let other = try Tensor.zeros([2, 2])
        try model.save(
            matrices(4) + [("up_blocks.7.conv.lora_A.weight", other)], of: .distilled)
        #expect {
            try model.distilled()
        } throws: { error in
            "\(error)".contains("up_blocks.7.conv.lora_A.weight")
        }
    }
}
