import Foundation
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
        #expect(exact.count == rounded.count)
        let difference = zip(exact, rounded).reduce(0.0) { $0 + pow(Double($1.0 - $1.1), 2) }
        let size = exact.reduce(0.0) { $0 + pow(Double($1), 2) }
        let error = (difference / size).squareRoot()
        print("relative error of a step in bfloat16: \(error)")
        #expect(size.isFinite && size > 0)
        #expect(error > 1e-5)  // else nothing was computed in bfloat16
        #expect(error < 2e-2)
    }

    /// The guided prediction of a chunk behind the first, of the same inputs each time; one network set is in memory.
    private static func step(_ folder: ModelFolder, _ dtype: DType) throws -> [Float] {
        let shelf = try NetworkShelf(folder, device: .cpu, dtype: dtype, residency: .offloaded)
        try shelf.use([.unet, .extractor])
        let pipeline = shelf.pipeline
        let parts = try #require(pipeline.streaming)
        let defaults = try folder.generationDefaults()
        let factor = pipeline.autoencoder.configuration.factor
        let width = pipeline.unet.configuration.crossAttentionDimension
        let random = RandomGenerator(seed: 6)
        let sizes = parts.configuration
        let prediction = try withInferenceMode { () throws(TensorError) in
            let frames = try RandomGenerator(seed: 7).normal(
                [sizes.conditionalFrames, 3, defaults.height, defaults.width], .data
            ).clamped(to: -1...1)
            let conditioning = try pipeline.streamingConditioning(
                text: random.normal([2, sizes.textTokens, width], .data),
                images: RandomGenerator(seed: 8).normal([2, sizes.imageTokens, width], .data),
                guidance: BranchGuidance(scale: defaults.guidanceScale), parts)
            let encoded = try parts.extractor.frameEncoder(frames)
            let sample = try RandomGenerator(seed: 9).normal(
                [
                    1, pipeline.unet.configuration.inChannels, sizes.frames,
                    defaults.height / factor, defaults.width / factor,
                ], .data)
            return try pipeline.predict(
                sample, timestep: 500, conditioning,
                encodedFrames: Tensor.concatenated([encoded, encoded], axis: 0))
        }
        let values = try prediction.values(as: Float.self)
        try shelf.use([])
        return values
    }
}
