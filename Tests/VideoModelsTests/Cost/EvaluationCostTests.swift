import Testing
import TorchNN

@testable import VideoModels

/// Counted multiplications against the weights of the networks themselves.
@Suite struct EvaluationCostTests {
    private static func sizes() -> UNet3DConfiguration {
        var sizes = UNet3DConfiguration()
        sizes.blockOutChannels = [32]
        sizes.downBlockTypes = [.crossAttentionDown]
        sizes.upBlockTypes = [.crossAttentionUp]
        sizes.layersPerBlock = 1
        sizes.crossAttentionDimension = 24
        sizes.attentionHeadDimension = 16
        sizes.normGroups = 8
        sizes.transformerInHeads = 2
        sizes.temporalNormGroups = 8
        return sizes
    }

    /// Weights that every latent is multiplied with: not those of the time step, the text and the norms.
    private static func weights(_ network: some Module) -> Double {
        network.parameters().reduce(0) { sum, entry in
            let isWeight = entry.path.hasSuffix(".weight") && entry.parameter.shape.count > 1
            let isContext =
                entry.path.contains(".attentions.")
                && (entry.path.hasSuffix("attn2.attention.toK.weight")
                    || entry.path.hasSuffix("attn2.attention.toV.weight"))
            let isTime =
                entry.path.contains("timeEmbedding") || entry.path.contains("timeProjection")
            return isWeight && !isContext && !isTime ? sum + Double(entry.parameter.count) : sum
        }
    }

    @Test func oneLatentMeetsEveryWeightOnce() {
        let sizes = Self.sizes()
        let one = UNet3DConfiguration.Extent(batch: 1, frames: 1, height: 1, width: 1)
        // Scores and mixtures: 4 blocks over space (a latent and 77 tokens) and over time (2 frames in all).
        let spatial = 4 * 2.0 * (1 + 77) * 32
        let temporal = 4 * 4.0 * 32 + 4 * 32
        let expected = Self.weights(UNet3D(sizes)) + spatial + temporal
        #expect(sizes.multiplications(one).reduce(0, +) == expected)
    }

    @Test func mergersAreCounted() {
        let sizes = Self.sizes()
        var streaming = StreamingConfiguration()
        streaming.frames = 1
        streaming.conditionalFrames = 1
        streaming.mergerHeadDimension = 16
        streaming.mergerNormGroups = 8
        let one = UNet3DConfiguration.Extent(batch: 1, frames: 1, height: 1, width: 1)
        let plain = sizes.multiplications(one).reduce(0, +)
        let merged = sizes.multiplications(one, streaming: streaming).reduce(0, +)
        let mergers = UNet3D(sizes, streaming: streaming)
        let extra = mergers.skipMergers.count + 1
        #expect(merged - plain == Double(extra) * (6 * 32 * 32 + 2 * 32))
        #expect(
            Self.weights(mergers.skipMergers[0]) == 6 * 32 * 32)
    }

    /// Of the weights, those that a shallow evaluation meets, and those of the extractor's part in it.
    @Test func shallowEvaluationsAreCounted() {
        let sizes = Self.sizes()
        let one = UNet3DConfiguration.Extent(batch: 1, frames: 1, height: 1, width: 1)
        let unet = UNet3D(sizes)
        let up = unet.upBlocks[0]
        let entry =
            Double(unet.convIn.weight.count) + Self.weights(unet.transformerIn) + 4 * 32
        let layers: [any Module] = [up.resnets[1], up.tempConvs[1], up.tempAttentions[1]]
        // Keys and values of the text are made once: two weights of 24·32. Scores and mixtures as above.
        let attention = Self.weights(up.attentions[1]) - 2 * 24 * 32 + 2 * (1 + 77) * 32 + 4 * 32
        let exit = Double(unet.convOut.weight.count)
        let expected = entry + layers.reduce(exit) { $0 + Self.weights($1) } + attention
        #expect(sizes.entryMultiplications(one) == [entry])
        #expect(sizes.shallowMultiplications(one) == [expected])
    }

    /// At the published size a tenth of the work is left, with and without the previous chunk.
    @Test func shallowEvaluationsAreATenth() {
        let sizes = UNet3DConfiguration()
        let streaming = StreamingConfiguration()
        let extent = UNet3DConfiguration.Extent(batch: 2, frames: 16, height: 32, width: 32)
        var part = extent
        part.frames = streaming.conditionalFrames
        func sum(_ parts: [Double]...) -> Double { parts.joined().reduce(0, +) }
        let first =
            sum(sizes.shallowMultiplications(extent)) / sum(sizes.multiplications(extent))
        let further =
            sum(
                sizes.shallowMultiplications(extent, streaming: streaming),
                sizes.entryMultiplications(part))
            / sum(
                sizes.multiplications(extent, streaming: streaming),
                sizes.encoderMultiplications(part))
        #expect(abs(first - 0.101) < 0.001 && abs(further - 0.101) < 0.001)
        #expect(sizes.shallowMultiplications(extent)[1...].allSatisfy { $0 == 0 })
    }

    @Test func levelsAreCountedAtTheirSizes() {
        let sizes = UNet3DConfiguration()
        let small = UNet3DConfiguration.Extent(batch: 1, frames: 16, height: 32, width: 32)
        var guided = small
        guided.batch = 2
        let (one, two) = (sizes.multiplications(small), sizes.multiplications(guided))
        #expect(two == one.map { 2 * $0 })
        #expect(one.count == 4)
        // The smallest of the published network's levels has no attention and a quarter of the latents.
        #expect(one[3] < one[2] / 4)
        #expect(sizes.widestCount(guided) == 2 * 16 * 32 * 32 * 320)
    }

    @Test func decoderMeetsEveryWeightOnce() {
        var sizes = AutoencoderConfiguration()
        sizes.blockOutChannels = [8]
        sizes.normGroups = 4
        sizes.layersPerBlock = 1
        let decoder = AutoencoderKL(sizes).decoder
        // Of latents to the first layer nothing is counted; attention over one latent takes 2·8.
        let expected = Self.weights(decoder) - Double(decoder.convIn.weight.count) + 2 * 8
        let counted = sizes.decoderMultiplications(frames: 1, height: 1, width: 1)
        #expect(counted == [expected])
        let published = AutoencoderConfiguration()
        #expect(published.widestCount(frames: 4, height: 256, width: 256) == 4 * 65_536 * 256)
        #expect(published.decoderMultiplications(frames: 4, height: 256, width: 256).count == 4)
    }
}
