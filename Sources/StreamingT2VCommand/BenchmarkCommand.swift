public import ArgumentParser
import Foundation
import Foundations
public import StreamingT2V
import Torch

/// `streamingt2v benchmark`: times the steps that generation and training repeat.
struct BenchmarkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark", abstract: "Times one step of a model's work.",
        discussion: """
            Prints a line of JSON when the model is loaded, with the time since the program's start, and one after each \
            step, with its time and the memory that was needed so far. scripts/compare-pytorch runs it beside PyTorch.
            """)

    @OptionGroup var model: ModelOptions

    @Option(
        help: """
            denoising (a step of the base UNet), training (a step of training it), decoding (the autoencoder), text or \
            image (the transformers of prompts and anchor).
            """)
    var work = ModelBenchmark.Work.denoising

    @Option(
        help: """
            A safetensors file with sample [B, C, F, h, w], timestep [B] and context [B, L, D], where B \
            is 2 with guidance; to decode, with latents [N, C, h, w]; for text with tokens [N, L], for image with image \
            [N, 3, H, W].
            """)
    var inputs: String

    @Option(
        help: "Parts of the batch computed at once in training, each with --threads; as of train.")
    var workers = 1

    @Option(help: "Steps to be timed; the first one also warms up.")
    var steps = 5

    @Option(
        help: "A safetensors file to be written: the result of the second step, or of the only one."
    )
    var output: String?

    @OptionGroup var graphs: GraphOption

    @Flag(
        help: "Wait for a line on standard input before each step, so that programs can take turns."
    )
    var onRequest = false

    func run() async throws {
        try await reportingFailure {
            try InvalidField.require("steps", steps, in: 1...1_000_000)
            try InvalidField.require("workers", workers, in: 1...256)
            let dtype = try model.parsedType()
            let device = try model.parsedDevice()
            try model.start()
            try Runtime.require(device)
            let benchmark = try ModelBenchmark(
                try model.folder(), work, inputs: URL(fileURLWithPath: inputs), dtype: dtype,
                device: device, workers: workers, recorder: graphs.recorder(on: device))
            try await benchmark.load()
            try Terminal.printJSONLine(
                Start(
                    secondsToStart: ProcessClock.secondsSinceStart(),
                    threads: Runtime.threadCount * workers))
            for index in 0..<steps {
                if onRequest, readLine() == nil { break }
                let isSaved = index == min(1, steps - 1)
                let seconds = try await benchmark.step(
                    savingTo: isSaved ? output.map { URL(fileURLWithPath: $0) } : nil)
                try Terminal.printJSONLine(
                    Step(seconds: seconds, peakMemory: ProcessMemory.peak()))
            }
        }
    }

    /// What is printed when the model is loaded.
    private struct Start: Encodable {
        let secondsToStart: Double
        /// Of all workers.
        let threads: Int
    }

    /// What is printed after a step.
    private struct Step: Encodable {
        let seconds: Double
        /// Bytes that were resident at most, mapped files included.
        let peakMemory: Int?
    }
}

extension ModelBenchmark.Work: ExpressibleByArgument {}
