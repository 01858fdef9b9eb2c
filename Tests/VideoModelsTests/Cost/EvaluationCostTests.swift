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
