import Checkpoints
import Foundation
import Testing
import Torch
import VideoModels

@testable import StreamingT2V

/// The step that `benchmark` times.
@Suite struct DenoisingBenchmarkTests {
    private static func inputs(
        _ configuration: UNet3DConfiguration, contextWidth: Int? = nil
    ) throws -> [(name: String, tensor: Tensor)] {
        let random = RandomGenerator(seed: 11)
        let width = contextWidth ?? configuration.crossAttentionDimension
        return [
            (
                "sample",
                try random.normal([2, configuration.inChannels, 3, 4, 4], .initialization)
            ),
            ("timestep", try Tensor([601, 601] as [Float], shape: [2])),
            ("context", try random.normal([2, 5, width], .initialization)),
        ]
    }

    @Test func isTheStepOfTheNetwork() async throws {
        let scratch = try Scratch()
        let folder = try SynthesizedModel.folder()
        let values = try Self.inputs(folder.unetConfiguration())
        let file = scratch.folder.appending(path: "inputs.safetensors")
        try saveTensors(values, to: file)

        let benchmark = try DenoisingBenchmark(folder, inputs: file)
        let files = ["first", "second"].map {
            scratch.folder.appending(path: "\($0).safetensors")
        }
        for file in files { #expect(try await benchmark.step(savingTo: file) > 0) }
        let plain = try folder.unet(streaming: nil)(
            values[0].tensor, timestep: values[1].tensor,
            context: AttentionContext(values[2].tensor))
        #expect(try plain.absolute().maximum().item() > 0.01)
        let results = try files.map { try openCheckpoint($0).tensor("prediction") }
        try expectClose(results[0], plain, tolerance: 1e-5, "first step")
        // A later step, with keys and values of the text from the first, is the same.
        #expect(try results[1].bytes() == results[0].bytes())
    }

    @Test func refusesInputsThatDoNotFit() throws {
        let scratch = try Scratch()
        let folder = try SynthesizedModel.folder()
        let file = scratch.folder.appending(path: "inputs.safetensors")
        let configuration = try folder.unetConfiguration()
        try saveTensors(Self.inputs(configuration, contextWidth: 23), to: file)
        #expect(
            throws: GenerationError.invalidOption(
                "--inputs", "must hold context with shape [2, *, 24], not [2, 5, 23]")
        ) { try DenoisingBenchmark(folder, inputs: file) }
        try saveTensors(Array(Self.inputs(configuration).dropLast()), to: file)
        #expect(
            throws: GenerationError.invalidOption(
                "--inputs", "must hold context with shape [2, *, 24], not nothing")
        ) { try DenoisingBenchmark(folder, inputs: file) }
    }
}
