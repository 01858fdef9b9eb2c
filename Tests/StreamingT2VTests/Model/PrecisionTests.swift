import Foundation
import TestSupport
import Testing
import Torch

@testable import StreamingT2V

/// How far one step in bfloat16 is from one in single precision: extractor (CAM), mixing (APM) and UNet together.
///
/// At the full size it takes minutes and 13 GB: `ST2V_FULL_MODEL=FOLDER swift test --filter PrecisionTests`, with a folder
/// that `streamingt2v synthesize` made, or the published weights.
@Suite struct PrecisionTests {
    private static let fullModel = ProcessInfo.processInfo.environment["ST2V_FULL_MODEL"]

    @Test func tinyStep() throws {
        try expectClose(SynthesizedModel.folder())
    }

    @Test(.enabled(if: fullModel != nil, "ST2V_FULL_MODEL names no model of the full size"))
    func fullStep() throws {
        try expectClose(ModelFolder(URL(fileURLWithPath: Self.fullModel ?? "")))
    }

    private func expectClose(_ folder: ModelFolder) throws {
        let exact = try Self.step(folder, .float32)
        let rounded = try Self.step(folder, .bfloat16)
        let error = try Self.relativeError(rounded.predictions, exact.predictions)
        // Guidance multiplies the difference of two predictions, and so the error.
        let guided = try Self.relativeError(rounded.guided, exact.guided)
        print("relative error of a step in bfloat16: \(error), guided \(guided)")
        #expect(error > 1e-5)  // else nothing was computed in bfloat16
        #expect(error < 2e-2)
    }

    private static func relativeError(_ values: [Float], _ expected: [Float]) throws -> Double {
        try #require(values.count == expected.count)
        let difference = zip(values, expected).reduce(0.0) { $0 + pow(Double($1.0 - $1.1), 2) }
        let size = expected.reduce(0.0) { $0 + pow(Double($1), 2) }
        try #require(size.isFinite && size > 0)
        return (difference / size).squareRoot()
    }

    /// The predictions of a chunk behind the first, without and with the prompt, and what guidance makes of them.
    ///
    /// Inputs are the same each time; the networks of one type are in memory.
    private static func step(
        _ folder: ModelFolder, _ dtype: DType
    ) throws -> (predictions: [Float], guided: [Float]) {
        let shelf = try NetworkShelf(folder, device: .cpu, dtype: dtype, residency: .offloaded)
        try shelf.use([.unet, .extractor])
        let pipeline = shelf.pipeline
        let parts = try #require(pipeline.streaming)
        let defaults = try folder.generationDefaults()
        let factor = pipeline.autoencoder.configuration.factor
        let width = pipeline.unet.configuration.crossAttentionDimension
        let sizes = parts.configuration
        func random(_ seed: UInt64, _ shape: [Int]) throws(TensorError) -> Tensor {
            try RandomGenerator(seed: seed).normal(shape, .data)
        }
        let guidance = BranchGuidance(scale: defaults.sampling.guidanceScale)
        let result = try withInferenceMode { () throws(TensorError) in
            let frames = try random(
                7, [sizes.conditionalFrames, 3, defaults.sampling.height, defaults.sampling.width]
            ).clamped(to: -1...1)
            let conditioning = try pipeline.streamingConditioning(
                text: random(6, [2, sizes.textTokens, width]),
                images: random(8, [2, sizes.imageTokens, width]), guidance: guidance, parts)
            let encoded = try parts.extractor.frameEncoder(frames)
            let sample = try random(
                9,
                [
                    1, pipeline.unet.configuration.inChannels, sizes.frames,
                    defaults.sampling.height / factor, defaults.sampling.width / factor,
                ])
            let input = try Tensor.concatenated([sample, sample], axis: 0)
            let times = try Tensor.full([2], value: 500)
            let text = try parts.extractor.context(conditioning.context.tokens)
            let features = try parts.extractor(
                input, timestep: times, context: text,
                encodedFrames: Tensor.concatenated([encoded, encoded], axis: 0))
            let predictions = try pipeline.unet(
                input, timestep: times, context: conditioning.context, features: features
            ).converted(to: .float32)
            return (predictions: predictions, guided: try guidance.combined(predictions))
        }
        defer { try? shelf.use([]) }
        return (try result.predictions.values(), try result.guided.values())
    }
}
