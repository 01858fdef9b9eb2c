import Checkpoints
import Foundation
import Foundations
import TestSupport
import Testing
import Torch
import VideoModels

@testable import StreamingT2V

/// The steps that `benchmark` times.
@Suite struct ModelBenchmarkTests {
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

        let benchmark = try ModelBenchmark(folder, inputs: file)
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

    /// The step is recorded the second time, and the result is the network's.
    @Test func replayedStepsAreTheSame() async throws {
        let scratch = try Scratch()
        let folder = try SynthesizedModel.folder()
        let file = scratch.folder.appending(path: "inputs.safetensors")
        try saveTensors(Self.inputs(folder.unetConfiguration()), to: file)
        let log = RerunRecorder()
        let benchmark = try ModelBenchmark(folder, inputs: file, recorder: log.recorder)
        var results: [[UInt8]] = []
        for number in 0..<3 {
            let file = scratch.folder.appending(path: "\(number).safetensors")
            try await benchmark.step(savingTo: file)
            results.append(try openCheckpoint(file).tensor("prediction").bytes())
        }
        #expect(results[1] == results[0] && results[2] == results[0])
        #expect(log.recordings == 1 && log.replays == 2)
        #expect(
            throws: InvalidField(
                "cuda_graphs", "records denoising alone, not decoding")
        ) { try ModelBenchmark(folder, .decoding, inputs: file, recorder: log.recorder) }
    }

    /// The rows of a batch at once are the same step.
    @Test func workersTrainTheSame() async throws {
        let scratch = try Scratch()
        let folder = try SynthesizedModel.folder()
        let file = scratch.folder.appending(path: "inputs.safetensors")
        try saveTensors(Self.inputs(folder.unetConfiguration()), to: file)
        var results: [[Double]] = []
        for workers in [1, 2] {
            let benchmark = try ModelBenchmark(folder, .training, inputs: file, workers: workers)
            let output = scratch.folder.appending(path: "\(workers).safetensors")
            try await benchmark.step()
            try await benchmark.step(savingTo: output)
            results.append(
                try openCheckpoint(output).tensor("prediction").values(as: Double.self))
        }
        for (one, two) in zip(results[0], results[1]) {
            #expect(one > 0 && abs(one - two) < 1e-5 * one)
        }
        for workers in [0, 3] {
            #expect(
                throws: InvalidField(
                    "workers", "must be from 1 to 2, the rows of the inputs, not \(workers)")
            ) { try ModelBenchmark(folder, .training, inputs: file, workers: workers) }
        }
        #expect(
            throws: InvalidField("workers", "is for \(field: "work") training only")
        ) { try ModelBenchmark(folder, inputs: file, workers: 2) }
    }

    @Test func trainingFollowsTheGradient() async throws {
        let scratch = try Scratch()
        let folder = try SynthesizedModel.folder()
        let values = try Self.inputs(folder.unetConfiguration())
        let file = scratch.folder.appending(path: "inputs.safetensors")
        try saveTensors(values, to: file)
        let benchmark = try ModelBenchmark(folder, .training, inputs: file)
        var losses: [Float] = []
        for index in 0..<3 {
            let file = scratch.folder.appending(path: "\(index).safetensors")
            try await benchmark.step(savingTo: file)
            let result = try openCheckpoint(file).tensor("prediction").values(as: Float.self)
            losses.append(result[0])
            #expect(result[1] > 1e-3)
        }
        let plain = try folder.unet(streaming: nil)(
            values[0].tensor, timestep: values[1].tensor,
            context: AttentionContext(values[2].tensor))
        let error = try plain - values[0].tensor
        let expected = try (error * error).mean().item()
        #expect(abs(Double(losses[0]) - expected) < 1e-4 * expected)
        #expect(losses[1] < losses[0] && losses[2] < losses[1])
    }

    @Test func decodesAsTheAutoencoder() async throws {
        let scratch = try Scratch()
        let folder = try SynthesizedModel.folder()
        let channels = try folder.autoencoderConfiguration().latentChannels
        let latents = try RandomGenerator(seed: 3).normal([2, channels, 3, 4], .initialization)
        let file = scratch.folder.appending(path: "inputs.safetensors")
        try saveTensors([("latents", latents)], to: file)
        let output = scratch.folder.appending(path: "pictures.safetensors")
        try await ModelBenchmark(folder, .decoding, inputs: file).step(savingTo: output)
        let expected = try folder.autoencoder().decode(latents)
        #expect(try expected.absolute().maximum().item() > 0.01)
        try expectClose(
            openCheckpoint(output).tensor("prediction"), expected, tolerance: 1e-5, "pictures")
    }

    @Test func refusesInputsThatDoNotFit() throws {
        let scratch = try Scratch()
        let folder = try SynthesizedModel.folder()
        let file = scratch.folder.appending(path: "inputs.safetensors")
        let configuration = try folder.unetConfiguration()
        try saveTensors(Self.inputs(configuration, contextWidth: 23), to: file)
        #expect(
            throws: InvalidField(
                "inputs", "must hold context with shape [2, *, 24], not [2, 5, 23]")
        ) { try ModelBenchmark(folder, inputs: file) }
        try saveTensors(Self.inputs(configuration), to: file)
        #expect(throws: InvalidField.self) {
            try ModelBenchmark(folder, .training, inputs: file, dtype: .float16)
        }
        try saveTensors(Array(Self.inputs(configuration).dropLast()), to: file)
        #expect(
            throws: InvalidField(
                "inputs", "must hold context with shape [2, *, 24], not nothing")
        ) { try ModelBenchmark(folder, inputs: file) }
    }
}
