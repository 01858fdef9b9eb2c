import TestSupport
import Testing
import Torch
import TorchNN

@testable import VideoModels

/// Evaluations of the shallow layers alone, with the deep features of another one.
@Suite struct DeepFeaturesTests {
    /// A network, its extractor where it has one, and something to evaluate.
    private struct Setup {
        let unet: UNet3D
        let extractor: ConditioningExtractor?
        let latents: Tensor
        let encodedFrames: Tensor?
        let tokens: Tensor
        var timestep: Int64 = 500

        init(
            levels: Int = 2, isStreaming: Bool = true, videos: Int = 1, frames: Int = 4,
            height: Int = 4, width: Int = 6
        ) throws {
            var sizes = ToyNetworks.unetConfiguration
            sizes.blockOutChannels = Array([16, 32, 16].prefix(levels))
            sizes.downBlockTypes = Array(
                [.crossAttentionDown, .down, .crossAttentionDown].prefix(levels))
            sizes.upBlockTypes = Array([.crossAttentionUp, .up, .crossAttentionUp].suffix(levels))
            sizes.layersPerBlock = levels == 3 ? 2 : 1
            let streaming = ToyNetworks.streamingConfiguration
            unet = UNet3D(sizes, streaming: isStreaming ? streaming : nil)
            try ToyNetworks.fill(unet)
            latents = try ToyNetworks.random([videos, 4, frames, height, width], 2)
            tokens = try ToyNetworks.random(
                [videos, streaming.textTokens + (isStreaming ? streaming.imageTokens : 0), 12], 1)
            guard isStreaming else { (extractor, encodedFrames) = (nil, nil); return }
            let made = ConditioningExtractor(sizes, streaming: streaming)
            try ToyNetworks.fill(made)
            extractor = made
            encodedFrames = try ToyNetworks.random(
                [videos * streaming.conditionalFrames, 16, height, width], 3)
        }

        private var times: Tensor {
            get throws { try Tensor.full([latents.shape[0]], value: Double(timestep)) }
        }

        func features(of sample: Tensor) throws -> UNetFeatures? {
            guard let extractor, let encodedFrames else { return nil }
            return try extractor(
                sample, timestep: times, context: extractor.context(tokens),
                encodedFrames: encodedFrames)
        }

        func entry(of sample: Tensor) throws -> Tensor? {
            guard let extractor, let encodedFrames else { return nil }
            return try extractor.entry(sample, encodedFrames: encodedFrames)
        }

        func whole(_ sample: Tensor, keeping deep: DeepFeatures? = nil) throws -> Tensor {
            try unet(
                sample, timestep: times, context: AttentionContext(tokens),
                features: features(of: sample), keeping: deep)
        }

        func shallow(
            _ sample: Tensor, _ deep: DeepFeatures, watch: ((any Module, Tensor) -> Void)? = nil
        ) throws -> Tensor {
            try unet.shallow(
                sample, timestep: times, context: AttentionContext(tokens),
                entry: entry(of: sample), deep: deep, watch: watch)
        }
    }

    static let forms: [(levels: Int, isStreaming: Bool, frames: Int, height: Int, width: Int)] = [
        (1, false, 4, 4, 6), (2, false, 4, 5, 7), (2, false, 1, 4, 6), (3, false, 3, 5, 3),
        (1, true, 4, 5, 7), (2, true, 4, 4, 6), (2, true, 4, 1, 6), (3, true, 4, 7, 5),
    ]

    /// With the same input, what was kept is what the deep layers would give again.
    @Test(arguments: forms)
    func repeatsTheWholeEvaluation(
        levels: Int, isStreaming: Bool, frames: Int, height: Int, width: Int
    ) throws {
        let setup = try Setup(
            levels: levels, isStreaming: isStreaming, videos: 2, frames: frames, height: height,
            width: width)
        let deep = DeepFeatures()
        #expect(deep.isEmpty)
        let whole = try setup.whole(setup.latents, keeping: deep)
        #expect(!deep.isEmpty)
        #expect(whole.shape == setup.latents.shape)
        // Keeping changes nothing.
        #expect(
            try setup.whole(setup.latents).values(as: Float.self) == whole.values(as: Float.self))
        for time in 0..<2 {
            try Comparison(setup.shallow(setup.latents, deep), to: whole)
                .expect(within: Tolerance(absolute: 1e-6), "time \(time)")
        }
        deep.clear()
        #expect(deep.isEmpty)
    }

    /// Broken deep layers are not noticed, and the layers that are shown are the shallow ones.
    @Test(arguments: 1...3) func deepLayersDoNotRun(levels: Int) throws {
        let setup = try Setup(levels: levels)
        let (unet, deep) = (setup.unet, DeepFeatures())
        let expected = try setup.whole(setup.latents, keeping: deep)
        let up = unet.upBlocks[levels - 1]
        let last = up.resnets.count - 1
        let path = "upBlocks.\(levels - 1)."
        let shallow =
            ["convIn", "timeEmbedding", "transformerIn", "convNormOut", "convOut", "skipMergers.0"]
            + ["resnets", "tempConvs", "attentions", "tempAttentions"].map {
                "\(path)\($0).\(last)"
            }
        var broken = 0
        let extractor = try #require(setup.extractor)
        for (path, parameter) in unet.parameters() + extractor.parameters()
        where !shallow.contains(where: { path.hasPrefix("\($0).") }) {
            try parameter.load(Tensor.full(parameter.shape, value: .nan))
            broken += 1
        }
        #expect(broken > 100)
        var shown: [ObjectIdentifier] = []
        let output = try setup.shallow(setup.latents, deep) { layer, _ in
            shown.append(ObjectIdentifier(layer))
        }
        try Comparison(output, to: expected).expect(within: Tolerance(absolute: 1e-6), "broken")
        let layers: [any Module] = [
            unet.timeEmbedding, unet.convIn, unet.transformerIn, up.resnets[last],
            up.tempConvs[last], up.attentions[last], up.tempAttentions[last],
        ]
        #expect(shown == layers.map { ObjectIdentifier($0) })
    }

    /// What is not kept follows the new step: the sample, the time step, the text, the previous chunk.
    @Test func shallowLayersFollowTheStep() throws {
        var setup = try Setup()
        let (unet, latents, deep) = (setup.unet, setup.latents, DeepFeatures())
        let before = try setup.whole(latents, keeping: deep)
        func change(_ output: Tensor) throws -> Double {
            try (output - before).absolute().maximum().item()
        }
        let other = try latents * 0.8
        let moved = try setup.shallow(other, deep)
        #expect(try change(moved) > 1e-3)
        // The deep layers have their part in it.
        #expect(try (setup.whole(other) - moved).absolute().maximum().item() > 1e-3)
        setup.timestep = 300
        #expect(try change(setup.shallow(latents, deep)) > 1e-3)
        let times = try Tensor([Int64(500)], shape: [1])
        let entry = try #require(try setup.entry(of: latents))
        func output(_ tokens: Tensor, _ entry: Tensor) throws -> Tensor {
            try unet.shallow(
                latents, timestep: times, context: AttentionContext(tokens), entry: entry,
                deep: deep)
        }
        #expect(try change(output(setup.tokens, entry)) < 1e-6)
        #expect(try change(output(setup.tokens * 2, entry)) > 1e-3)
        #expect(try change(output(setup.tokens, entry * 2)) > 1e-3)
    }

    /// Where guidance ends, the most conditioned branch goes on with its own part: the last one.
    @Test func fewerVideosTakeThePartOfTheLast() throws {
        let (two, one) = (try Setup(videos: 2), try Setup())
        let deep = DeepFeatures()
        _ = try two.whole(two.latents, keeping: deep)
        let second = try #require(try two.latents.rows().last)
        let times = try Tensor([Int64(300)], shape: [1])
        let context = AttentionContext(try #require(try two.tokens.rows().last))
        let alone = try one.unet.shallow(second, timestep: times, context: context, deep: deep)
        let both = try two.unet.shallow(
            two.latents, timestep: Tensor([Int64(300), 300], shape: [2]),
            context: AttentionContext(two.tokens), deep: deep)
        try Comparison(alone, to: #require(try both.rows().last))
            .expect(within: .toy, "the second video")
    }

    /// The extractor's shallow part is the beginning of its whole one, for each video.
    @Test(arguments: [(2, 4, 6), (2, 5, 7), (3, 1, 3)])
    func entryIsTheFirstFeature(levels: Int, height: Int, width: Int) throws {
        let setup = try Setup(levels: levels, videos: 2, height: height, width: width)
        let features = try #require(try setup.features(of: setup.latents))
        let entry = try #require(try setup.entry(of: setup.latents))
        #expect(entry.shape == [4, 16, height, width])
        #expect(try entry.values(as: Float.self) == features.skips[0].values(as: Float.self))
    }

    @Test func whatDoesNotFitIsRefused() throws {
        let (one, two, plain) = (
            try Setup(), try Setup(videos: 2), try Setup(isStreaming: false)
        )
        let deep = DeepFeatures()
        #expect(throws: TensorError.self) { try one.shallow(one.latents, deep) }
        _ = try one.whole(one.latents, keeping: deep)
        #expect(throws: TensorError.self) { try two.shallow(two.latents, deep) }
        let entry = try one.entry(of: one.latents)
        #expect(throws: TensorError.self) {
            try plain.unet.shallow(
                plain.latents, timestep: Tensor([Int64(500)], shape: [1]),
                context: AttentionContext(plain.tokens), entry: entry, deep: deep)
        }
    }
}
