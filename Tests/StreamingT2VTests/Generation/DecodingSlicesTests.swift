import Foundations
import Schedulers
import TestSupport
import Testing
import Torch
import TorchNN
import VideoModels

@testable import StreamingT2V

/// Decoding a few frames at a time: the same pixels in less memory.
@Suite struct DecodingSlicesTests {
    @Test(arguments: [1, 3, 7, 16, 1000])
    func slicesGiveTheSamePixels(count: Int) throws {
        let pipeline = try SharedModel.folder().pipeline(device: .cpu, dtype: .float32)
        let latents = try RandomGenerator(seed: 3).normal([1, 4, 16, 4, 6], .data)
        let whole = try pipeline.decode(latents, frames: 0..<16, atOnce: 16)
        #expect(whole.shape == [16, 3, 32, 48])
        for range in [0..<16, 8..<16, 5..<6] {
            try expectClose(
                pipeline.decode(latents, frames: range, atOnce: count), whole.slice(0, range),
                tolerance: 2e-6, "\(range), \(count) at once")
        }
    }

    /// The option reaches the decoder and leaves the video as it is, but for what rounding does.
    @Test func optionKeepsTheVideo() async throws {
        let generator = try VideoGenerator(model: SharedModel.folder())
        let usual = try await generator.frames(.tiny(frames: 24))
        let sliced = try await generator.frames(
            .tiny(frames: 24) { $0.sampling.framesPerDecode = 3 })
        #expect(sliced.count == usual.count)
        for (one, other) in zip(usual, sliced) {
            let largest = zip(one.pixels, other.pixels).map { abs(Int($0) - Int($1)) }.max()
            #expect((largest ?? 255) <= 1)
        }
    }

    /// Large pictures are sliced without being asked.
    @Test(arguments: [(64, 64, 64), (256, 256, 4), (256, 512, 2), (1024, 1024, 1), (8192, 8192, 1)])
    func framesPerDecodeFollowFromTheirSize(height: Int, width: Int, frames: Int) {
        #expect(StreamingPipeline.framesPerDecode(height: height, width: width) == frames)
    }

    /// The peak is the whole process's, so each way has a process of its own.
    @Test func fewerFramesAtOnceNeedLessMemory() async {
        await #expect(processExitsWith: .success) {
            let growth = try DecodingSlicesTests.growth(atOnce: 16)
            #expect(growth > 100, "\(growth) MB all at once")
        }
        await #expect(processExitsWith: .success) {
            let growth = try DecodingSlicesTests.growth(atOnce: 1)
            #expect(growth < 30, "\(growth) MB one at once")
        }
    }

    /// Megabytes by which decoding 16 frames of 128×128 pixels raises the most memory that the process ever had.
    private static func growth(atOnce count: Int) throws -> Int {
        try withInferenceMode {
            var sizes = AutoencoderConfiguration()
            (sizes.blockOutChannels, sizes.layersPerBlock, sizes.normGroups) = ([32, 32], 1, 4)
            let autoencoder = AutoencoderKL(sizes)
            try TinyModel.fill(autoencoder, seed: 1)
            let pipeline = StreamingPipeline(
                unet: UNet3D(TinyModel().unet), autoencoder: autoencoder, streaming: nil,
                scheduler: SchedulerConfiguration(), device: .cpu)
            let latents = try RandomGenerator(seed: 3).normal([1, 4, 16, 64, 64], .data)
            _ = try pipeline.decode(latents, frames: 0..<1)
            let before = ProcessMemory.peak() ?? 0
            let frames = try pipeline.decode(latents, frames: 0..<16, atOnce: count)
            #expect(frames.shape == [16, 3, 128, 128])
            return ((ProcessMemory.peak() ?? 0) - before) >> 20
        }
    }
}
