import Foundation
import Foundations
import TestSupport
import Testing
import VideoIO
import VideoModels

@testable import StreamingT2V

/// Videos of other sizes than the model's own.
@Suite struct FrameSizeTests {
    /// The tiny model's latents have 8 pixels and are halved once.
    @Test(arguments: [(48, 16), (16, 48), (64, 32)])
    func sizesMayDifferFromTheModelsAndFromASquare(width: Int, height: Int) async throws {
        let generator = try VideoGenerator(model: SharedModel.folder())
        func frames(_ join: SamplingSettings.Join) async throws -> [RGBFrame] {
            try await generator.frames(
                .tiny(frames: 32) {
                    ($0.sampling.width, $0.sampling.height) = (width, height)
                    $0.sampling.join = join
                })
        }
        let made = try await frames(.regenerate)
        #expect(made.count == 32)
        #expect(made.allSatisfy { $0.width == width && $0.height == height })
        #expect(Set(made).count == 32)
        #expect(made[..<16] == (try await frames(.keep))[..<16])
    }

    /// Rows and columns are not exchanged anywhere: the video of a wide request is not that of a high one.
    @Test func oneSideAloneMayBeGiven() async throws {
        let generator = try VideoGenerator(model: SharedModel.folder())
        let wide = try await generator.frames(.tiny(frames: 17) { $0.sampling.width = 64 })
        #expect(wide.allSatisfy { $0.width == 64 && $0.height == 32 })
        let high = try await generator.frames(.tiny(frames: 17) { $0.sampling.height = 64 })
        #expect(high.allSatisfy { $0.width == 32 && $0.height == 64 })
    }

    private static let refused: [(width: Int?, height: Int?, hint: String)] = [
        (
            40, nil,
            "width must be a multiple of 16 from 16 to 8192 for this model, not 40. Take 32 or 48"
        ),
        (
            nil, 41,
            "height must be a multiple of 16 from 16 to 8192 for this model, not 41. Take 32 or 48"
        ),
        (8, nil, "not 8. Take 16"), (0, nil, "not 0. Take 16"), (-64, nil, "not -64. Take 16"),
        (nil, 8193, "not 8193. Take 8192"), (nil, Int.max, "Take 8192"), (Int.min, nil, "Take 16"),
    ]

    @Test(arguments: refused.indices)
    func sizesThatCannotBeHalvedAreRefused(index: Int) async throws {
        let generator = try VideoGenerator(model: SharedModel.folder())
        let (width, height, hint) = Self.refused[index]
        let request = GenerationRequest.tiny {
            ($0.sampling.width, $0.sampling.height) = (width, height)
        }
        let error = await #expect(throws: InvalidField.self) {
            try await generator.check(request)
        }
        #expect(error?.description.hasSuffix(hint) == true, "\(error?.description ?? "")")
    }

    /// What the model itself has is allowed, and multiples of 64 are the published model's.
    @Test func theModelsOwnSizeIsAllowed() async throws {
        let scratch = try Scratch()
        var model = TinyModel()
        (model.defaults.sampling.height, model.defaults.sampling.width) = (24, 40)
        let generator = try VideoGenerator(model: model.make(at: scratch.folder))
        try await generator.check(.tiny { ($0.sampling.width, $0.sampling.height) = (40, 24) })
        await #expect(throws: InvalidField.self) {
            try await generator.check(.tiny { $0.sampling.width = 24 })
        }
        let released = FrameSizeRule(
            GenerationDefaults(), autoencoder: AutoencoderConfiguration(),
            unet: UNet3DConfiguration())
        #expect(released.unit == 64)
    }
}
