import TestSupport
import Testing
import Torch
import TorchNN

@testable import VideoModels

@Suite struct Vid2VidUNetTests {
    private let configuration: Vid2VidConfiguration
    private let unet: Vid2VidUNet

    init() throws {
        var configuration = Vid2VidConfiguration()
        configuration.channels = 16
        configuration.multipliers = [1, 2, 2]
        configuration.contextDimension = 12
        configuration.firstHeads = 3
        configuration.headDimension = 8
        configuration.resnetsPerLevel = 1
        configuration.attentionScales = [1, 0.5]
        configuration.normGroups = 4
        try configuration.validate()
        self.configuration = configuration
        unet = Vid2VidUNet(configuration)
        try ToyNetworks.fill(unet)
    }

    private func latents(
        videos: Int = 1, frames: Int = 3, height: Int = 6, width: Int = 4
    ) throws -> Tensor {
        try ToyNetworks.random([videos, 4, frames, height, width], 2)
    }

    private func tokens(videos: Int = 1) throws -> Tensor {
        try ToyNetworks.random([videos, 5, 12], 1)
    }

    private func predict(
        _ latents: Tensor, _ timesteps: [Int64], _ context: AttentionContext
    ) throws -> Tensor {
        try unet(
            latents, timestep: Tensor(timesteps, shape: [timesteps.count]), context: context)
    }

    @Test(arguments: [(6, 4), (2, 8), (14, 12)])
    func sizesThatFitComeBack(height: Int, width: Int) throws {
        let latents = try latents(height: height, width: width)
        let output = try predict(latents, [599], AttentionContext(tokens()))
        #expect(output.shape == latents.shape)
        #expect(try output.isFinite())
    }

    /// Height 4 more than a multiple, width 2 more; wrong channels, batches and context widths.
    @Test(arguments: [
        ([1, 4, 3, 8, 4], [1], [1, 5, 12], [8, 4]),
        ([1, 4, 3, 6, 6], [1], [1, 5, 12], [6, 6]),
        ([1, 4, 3, 1, 4], [1], [1, 5, 12], [1, 4]),
        ([1, 3, 3, 6, 4], [1], [1, 5, 12], [1, 3, 3, 6, 4]),
        ([1, 4, 0, 6, 4], [1], [1, 5, 12], [1, 4, 0, 6, 4]),
        ([4, 3, 6, 4], [1], [1, 5, 12], [4, 3, 6, 4]),
        ([2, 4, 3, 6, 4], [1], [2, 5, 12], [1]),
        ([2, 4, 3, 6, 4], [2], [1, 5, 12], [1, 5, 12]),
        ([1, 4, 3, 6, 4], [1], [1, 5, 11], [1, 5, 11]),
        ([1, 4, 3, 6, 4], [1], [5, 12], [5, 12]),
    ])
    func refusesBadSizesBeforeComputing(
        sample: [Int], timestep: [Int], context: [Int], named: [Int]
    ) throws {
        var layers = 0
        var actual: [Int]?
        do throws(TensorError) {
            _ = try unet(
                Tensor.zeros(sample), timestep: Tensor.zeros(timestep),
                context: AttentionContext(Tensor.zeros(context))
            ) { _, _ in layers += 1 }
        } catch {
            if case .shapeMismatch(_, _, let shape) = error { actual = shape }
        }
        #expect(actual == named)
        #expect(layers == 0)
    }

    @Test func cachedContextIsEvaluatedOnce() throws {
        let (latents, tokens) = (try latents(), try tokens())
        let cached = AttentionContext(tokens, isCached: true)
        let expected = try predict(latents, [30], AttentionContext(tokens))
        try Comparison(predict(latents, [30], cached), to: expected)
            .expect(within: .toy, "first evaluation")
        // New key weights change nothing for a context whose keys are kept.
        for (path, parameter) in unet.parameters()
        where path.contains(".attentions.") && path.hasSuffix("attn2.attention.toK.weight") {
            try parameter.load(parameter.value * 3)
        }
        try Comparison(predict(latents, [30], cached), to: expected)
            .expect(within: .toy, "second evaluation")
        let fresh = try predict(latents, [30], AttentionContext(tokens))
        #expect(try (fresh - expected).absolute().maximum().item() > 1e-3)
    }

    /// Guidance evaluates two videos at once; neither may see anything of the other.
    @Test func videosOfABatchDoNotMix() throws {
        let (latents, tokens) = (try latents(videos: 2), try tokens(videos: 2))
        let together = try predict(latents, [599, 38], AttentionContext(tokens)).rows()
        for (index, timestep) in [Int64(599), 38].enumerated() {
            let alone = try predict(
                latents.rows()[index], [timestep], AttentionContext(tokens.rows()[index]))
            try Comparison(together[index], to: alone).expect(within: .toy, "video \(index)")
        }
    }

    /// Unlike in the text-to-video network, layers over time run for a single frame, too.
    @Test(arguments: ["transformerIn", "tempConvs", "tempAttentions"])
    func singleFrameUsesTemporalLayers(layer: Substring) throws {
        let (latents, context) = (try latents(frames: 1), AttentionContext(try tokens()))
        let before = try predict(latents, [500], context)
        #expect(before.shape == latents.shape)
        for (path, parameter) in unet.parameters() where path.split(separator: ".").contains(layer)
        {
            try parameter.load(parameter.value * 2)
        }
        let change = try predict(latents, [500], context) - before
        #expect(try change.absolute().maximum().item() > 1e-3)
    }

    @Test func everyParameterHasAGradient() throws {
        try unet.setTrainable(true)
        try predict(latents(videos: 2), [900, 20], AttentionContext(tokens(videos: 2)))
            .squared().mean().backward()
        for (path, parameter) in unet.parameters() {
            let gradient = try #require(try parameter.value.gradient(), "\(path)")
            #expect(try gradient.isFinite(), "\(path)")
            #expect(try gradient.norm().item() > 0, "\(path)")
        }
    }

    /// The slope along the gradient is the square of its norm.
    @Test func gradientIsTheSlope() throws {
        let (latents, tokens) = (try latents(), try tokens())
        let target = try ToyNetworks.random(latents.shape, 3)
        func loss() throws -> Tensor {
            try (predict(latents, [599], AttentionContext(tokens)) * target).mean()
        }
        let watched = "unet.downBlocks.1.downsamplers.0.conv.weight"
        let parameter = try #require(
            unet.parameters().first { $0.path == watched }?.parameter, "\(watched)")
        try parameter.setTrainable(true)
        try loss().backward()
        let gradient = try #require(try parameter.value.gradient()).copied()
        let norm = try gradient.norm().item()
        let start = try parameter.value.detached().copied()
        let step = 1e-2
        var losses: [Double] = []
        for side in [1.0, -1] {
            try parameter.load(start + gradient * (side * step / norm))
            losses.append(try loss().item())
        }
        let slope = (losses[0] - losses[1]) / (2 * step)
        #expect(abs(slope - norm) < 0.02 * norm, "slope \(slope), norm \(norm)")
    }

    @Test func preparedNetworkPredictsTheSame() throws {
        let (latents, tokens) = (try latents(), try tokens())
        let expected = try predict(latents, [599], AttentionContext(tokens))
        try unet.prepare(for: .inference())
        try Comparison(predict(latents, [599], AttentionContext(tokens)), to: expected)
            .expect(within: .toy, "prepared")
    }
}
