import TestSupport
import Testing
import Torch

@testable import VideoModels

@Suite struct UNet3DTests {
    private let unet: UNet3D
    private let extractor: ConditioningExtractor
    private let streaming = ToyNetworks.streamingConfiguration

    init() throws {
        unet = try ToyNetworks.unet()
        extractor = try ToyNetworks.extractor()
    }

    /// Text and image tokens of `videos` videos.
    private func tokens(videos: Int = 1) throws -> Tensor {
        let count = streaming.textTokens + streaming.imageTokens
        return try ToyNetworks.random(
            [videos, count, unet.configuration.crossAttentionDimension], 1)
    }

    private func latents(
        videos: Int = 1, frames: Int, height: Int = 4, width: Int = 6
    ) throws
        -> Tensor
    {
        try ToyNetworks.random([videos, 4, frames, height, width], 2)
    }

    private func conditionalFrames(videos: Int = 1) throws -> Tensor {
        try ToyNetworks.random([videos * streaming.conditionalFrames, 3, 32, 48], 3)
    }

    /// Extractor and UNet together, in contexts of their own unless others are given.
    private func predict(
        _ latents: Tensor, _ tokens: Tensor, at timesteps: [Int64], frames: Tensor,
        contexts: (unet: AttentionContext, extractor: AttentionContext)? = nil
    ) throws -> Tensor {
        let timestep = try Tensor(timesteps, shape: [timesteps.count])
        let contexts =
            try contexts ?? (AttentionContext(tokens), extractor.context(tokens))
        let features = try extractor(
            latents, timestep: timestep, context: contexts.extractor,
            encodedFrames: extractor.frameEncoder(frames))
        return try unet(latents, timestep: timestep, context: contexts.unet, features: features)
    }

    @Test func cachedContextChangesNothing() throws {
        let (latents, tokens) = (try latents(frames: 4), try tokens())
        let frames = try conditionalFrames()
        let cached = (
            unet: AttentionContext(tokens, isCached: true),
            extractor: try extractor.context(tokens, isCached: true)
        )
        for timestep: Int64 in [900, 400, 10] {
            let fresh = try predict(latents, tokens, at: [timestep], frames: frames)
            let reused = try predict(
                latents, tokens, at: [timestep], frames: frames, contexts: cached)
            try Comparison(reused, to: fresh).expect(within: .toy, "cached, t = \(timestep)")
        }
    }

    /// Guidance evaluates two videos at once; neither may see anything of the other.
    @Test func videosOfABatchDoNotMix() throws {
        let (latents, tokens) = (try latents(videos: 2, frames: 4), try tokens(videos: 2))
        let frames = try conditionalFrames(videos: 2)
        let together = try predict(latents, tokens, at: [700, 30], frames: frames).rows()
        for (index, timestep) in [Int64(700), 30].enumerated() {
            let count = streaming.conditionalFrames
            let alone = try predict(
                latents.rows()[index], tokens.rows()[index], at: [timestep],
                frames: frames.slice(0, index * count..<(index + 1) * count))
            try Comparison(together[index], to: alone).expect(within: .toy, "video \(index)")
        }
    }

    /// A single frame is an image: layers over time are left out, except the middle's first convolution.
    @Test func singleFrameUsesNoTemporalLayers() throws {
        let (latents, tokens) = (try latents(frames: 1), try tokens())
        func predict() throws -> Tensor {
            try unet(
                latents, timestep: Tensor([Int64(500)], shape: [1]),
                context: AttentionContext(tokens))
        }
        let before = try predict()
        #expect(before.shape == latents.shape)
        #expect(try before.isFinite())
        let temporal: Set<Substring> = ["transformerIn", "tempConvs", "tempAttentions"]
        for (path, parameter) in unet.parameters()
        where !temporal.isDisjoint(with: path.split(separator: "."))
            && !path.hasPrefix("midBlock.tempConvs.0")
        {
            try parameter.load(parameter.value.zerosLike() + 3)
        }
        #expect(try predict().values(as: Float.self) == before.values(as: Float.self))
        for (path, parameter) in unet.parameters() where path.hasPrefix("midBlock.tempConvs.0") {
            try parameter.load(parameter.value * 2)
        }
        #expect(try predict().values(as: Float.self) != before.values(as: Float.self))
    }

    /// Sides that halving does not divide come back to their size.
    @Test(arguments: [(5, 7), (4, 3), (1, 6)])
    func anyLatentSizeIsKept(height: Int, width: Int) throws {
        let latents = try latents(frames: 3, height: height, width: width)
        let output = try unet(
            latents, timestep: Tensor([Int64(500)], shape: [1]),
            context: AttentionContext(tokens()))
        #expect(output.shape == latents.shape)
    }

    /// The extractor reads as many of the noisy frames as there are conditional ones, and text tokens only.
    @Test func extractorIgnoresLaterFramesAndImageTokens() throws {
        let (latents, tokens) = (try latents(frames: 4), try tokens())
        let encoded = try extractor.frameEncoder(conditionalFrames())
        func middle(_ latents: Tensor, _ tokens: Tensor) throws -> [Float] {
            try extractor(
                latents, timestep: Tensor([Int64(500)], shape: [1]),
                context: extractor.context(tokens), encodedFrames: encoded
            ).middle.values()
        }
        let expected = try middle(latents, tokens)
        let count = streaming.conditionalFrames
        let changed = try Tensor.concatenated(
            [latents.slice(2, 0..<count), latents.slice(2, count..<4) * 3], axis: 2)
        #expect(try middle(changed, tokens) == expected)
        #expect(try middle(latents, tokens.slice(1, 0..<streaming.textTokens)) == expected)
        #expect(try middle(latents.flipped(2), tokens) != expected)
    }
}

extension Tolerance {
    /// Two ways to the same numbers, values around one.
    static let toy = Tolerance(absolute: 2e-5)
}
