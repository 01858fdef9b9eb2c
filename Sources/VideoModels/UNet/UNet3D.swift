public import Torch
public import TorchNN

/// The video denoiser: predicts the noise in a chunk of latents, or its velocity.
///
/// Source: diffusers 0.27 `UNet3DConditionModel` with the mergers and mixing layers of the release
/// (`t2v_enhanced/model/diffusers_conditional/models/controlnet/unet_3d_condition.py`).
public final class UNet3D: Module, UNetEncoding {
    let convIn: Convolution2D
    let timeEmbedding: TimestepEmbedding
    let transformerIn: TemporalTransformer
    let downBlocks: [UNetDownBlock]
    let midBlock: UNetMidBlock
    let upBlocks: [UNetUpBlock]
    let convNormOut: GroupNorm
    let convOut: Convolution2D
    let skipMergers: [ConditionalAttentionModule]
    let middleMerger: ConditionalAttentionModule?

    /// Sizes of the network.
    public let configuration: UNet3DConfiguration

    /// A network of these sizes.
    ///
    /// - Parameter streaming: sizes of mergers (CAM) and mixing layers (APM), or `nil` for the plain text-to-video
    ///   network of stage 1.
    public init(_ configuration: UNet3DConfiguration, streaming: StreamingConfiguration? = nil) {
        self.configuration = configuration
        let mixing = streaming?.mixing(contextChannels: configuration.crossAttentionDimension)
        let encoder = UNetEncoderLayers(configuration, mixing: mixing)
        convIn = encoder.convIn
        timeEmbedding = encoder.timeEmbedding
        transformerIn = encoder.transformerIn
        downBlocks = encoder.downBlocks
        midBlock = encoder.midBlock

        let channels = configuration.blockOutChannels
        let skips = Self.skipChannels(configuration)
        var remaining = skips
        var width = channels[channels.count - 1]
        upBlocks = channels.indices.map { index in
            let outputs = channels[channels.count - 1 - index]
            let taken = (0...configuration.layersPerBlock).map { _ in remaining.removeLast() }
            defer { width = outputs }
            return UNetUpBlock(
                inputs: width, skips: taken, outputs: outputs,
                type: configuration.upBlockTypes[index], isLast: index == channels.count - 1,
                configuration: configuration, mixing: mixing)
        }
        convNormOut = GroupNorm(
            groups: configuration.normGroups, channels: channels[0],
            epsilon: configuration.normEpsilon)
        convOut = Convolution2D(channels[0], configuration.outChannels)
        if let streaming {
            skipMergers = skips.map { ConditionalAttentionModule(channels: $0, streaming) }
            middleMerger = ConditionalAttentionModule(
                channels: channels[channels.count - 1], streaming)
        } else {
            skipMergers = []
            middleMerger = nil
        }
    }

    /// Channels of the skips, from the largest size.
    static func skipChannels(_ configuration: UNet3DConfiguration) -> [Int] {
        let channels = configuration.blockOutChannels
        return [configuration.stemChannels]
            + channels.enumerated().flatMap { level, width in
                Array(
                    repeating: width,
                    count: configuration.layersPerBlock + (level == channels.count - 1 ? 0 : 1))
            }
    }

    /// Predicts the noise of a chunk, or what else it was trained for.
    ///
    /// - Parameters:
    ///   - sample: noisy latents `[B, C, F, H, W]`.
    ///   - timestep: `[B]`.
    ///   - context: text tokens, or text and anchor tokens, of `B` rows.
    ///   - features: the conditioning extractor's features of the previous chunk, or `nil` for stage 1.
    ///   - deep: keeps what ``shallow(_:timestep:context:entry:deep:watch:)`` will need.
    ///   - watch: is shown each layer and what it returned, `[B·F, C, H, W]`.
    /// - Returns: `[B, C, F, H, W]`.
    public func callAsFunction(
        _ sample: Tensor, timestep: Tensor, context: AttentionContext,
        features: UNetFeatures? = nil, keeping deep: DeepFeatures? = nil,
        watch: ((any Module, Tensor) -> Void)? = nil
    ) throws(TensorError) -> Tensor {
        let (_, _, frames, _, _) = try sample.shape5()
        let inputs = try inputs(
            configuration, timestep: timestep, context: context, frames: frames, watch: watch)
        var encoded = try encode(sample.framesAsBatch(), inputs)
        if let features { try merge(features, into: &encoded, frames: frames) }
        var hidden = encoded.middle
        for (index, block) in upBlocks.enumerated() {
            hidden = try block(
                hidden, inputs, skips: &encoded.skips,
                keeping: index == upBlocks.count - 1 ? deep : nil)
            watch?(block, hidden)
        }
        return try convOut(convNormOut.thenSiLU(hidden)).batchAsFrames(frames)
    }

    /// Predicts about the same from what an evaluation at a step before has kept: of all levels only the last layer runs.
    ///
    /// With the input and the features of that evaluation, it is that evaluation's prediction.
    ///
    /// Source: Ma et al., DeepCache: Accelerating Diffusion Models for Free; here with the shallowest skip.
    ///
    /// - Parameters:
    ///   - sample: noisy latents `[B, C, F, H, W]`.
    ///   - timestep: `[B]`.
    ///   - context: text tokens, or text and anchor tokens, of `B` rows.
    ///   - entry: see ``ConditioningExtractor/entry(_:encodedFrames:)``, or `nil` for stage 1.
    ///   - deep: what was kept, of `B` videos or of more, of which the last `B` count.
    ///   - watch: is shown each layer and what it returned, `[B·F, C, H, W]`.
    /// - Returns: `[B, C, F, H, W]`.
    public func shallow(
        _ sample: Tensor, timestep: Tensor, context: AttentionContext, entry: Tensor? = nil,
        deep: DeepFeatures, watch: ((any Module, Tensor) -> Void)? = nil
    ) throws(TensorError) -> Tensor {
        let (batch, _, frames, _, _) = try sample.shape5()
        let inputs = try inputs(
            configuration, timestep: timestep, context: context, frames: frames, watch: watch)
        var skip = try enter(
            sample.framesAsBatch(), frames: frames, hasTime: inputs.hasTime, watch: watch)
        if let entry {
            guard let merger = skipMergers.first else {
                throw .shapeMismatch(
                    place: "conditional features", expected: "0 skips", actual: [1])
            }
            skip = try merger(skip, context: entry, frames: frames)
        }
        let block = upBlocks[upBlocks.count - 1]
        let hidden = try block.layer(
            block.resnets.count - 1,
            Tensor.concatenated([deep.last(batch * frames), skip], axis: 1), inputs)
        return try convOut(convNormOut.thenSiLU(hidden)).batchAsFrames(frames)
    }

    /// What the first convolution makes of latents `[B, C, F, H, W]`: `[B·F, C', H, W]`.
    public func entryFeatures(_ sample: Tensor) throws(TensorError) -> Tensor {
        try convIn(sample.framesAsBatch())
    }

    /// Prepares fresh mergers for a short training; see ``ConditionalAttentionModule/startByLikeness()``.
    public func startMergersByLikeness() throws(TensorError) {
        for merger in skipMergers { try merger.startByLikeness() }
        try middleMerger?.startByLikeness()
    }

    /// Replaces skips and middle by their merged form; encoder and middle block never see the features.
    private func merge(
        _ features: UNetFeatures, into encoded: inout UNetFeatures, frames: Int
    ) throws(TensorError) {
        guard features.skips.count == skipMergers.count, let middleMerger else {
            throw .shapeMismatch(
                place: "conditional features", expected: "\(skipMergers.count) skips",
                actual: [features.skips.count])
        }
        for index in skipMergers.indices {
            encoded.skips[index] = try skipMergers[index](
                encoded.skips[index], context: features.skips[index], frames: frames)
        }
        encoded.middle = try middleMerger(
            encoded.middle, context: features.middle, frames: frames)
    }
}
