public import Torch
import TorchNN

/// The first half of the UNet, which the conditioning extractor (CAM) copies.
protocol UNetEncoding: Module {
    var convIn: Convolution2D { get }
    var timeEmbedding: TimestepEmbedding { get }
    var transformerIn: TemporalTransformer { get }
    var downBlocks: [UNetDownBlock] { get }
    var midBlock: UNetMidBlock { get }
}

/// The layers of ``UNetEncoding``, built once for both.
struct UNetEncoderLayers {
    let convIn: Convolution2D
    let timeEmbedding: TimestepEmbedding
    let transformerIn: TemporalTransformer
    let downBlocks: [UNetDownBlock]
    let midBlock: UNetMidBlock

    init(_ configuration: UNet3DConfiguration, mixing: AnchorMixing.Sizes?) {
        let channels = configuration.blockOutChannels
        let stem = configuration.stemChannels
        convIn = Convolution2D(configuration.inChannels, stem)
        timeEmbedding = TimestepEmbedding(width: stem, channels: configuration.timeChannels)
        transformerIn = TemporalTransformer(
            channels: stem, heads: configuration.transformerInHeads,
            headDimension: configuration.attentionHeadDimension,
            groups: configuration.temporalNormGroups)
        downBlocks = channels.indices.map { level in
            UNetDownBlock(
                inputs: level == 0 ? stem : channels[level - 1], outputs: channels[level],
                type: configuration.downBlockTypes[level], isLast: level == channels.count - 1,
                configuration: configuration, mixing: mixing)
        }
        midBlock = UNetMidBlock(
            channels: channels[channels.count - 1], configuration: configuration, mixing: mixing)
    }
}

/// Skips `[B·F, C, H, W]` of all levels, from the largest, and the middle's output.
public struct UNetFeatures {
    /// One per skip connection.
    public var skips: [Tensor]
    /// The output of the middle block.
    public var middle: Tensor
}

extension UNetEncoding {
    /// What the layers see besides their input.
    func inputs(
        _ configuration: UNet3DConfiguration, timestep: Tensor, context: AttentionContext,
        frames: Int, watch: ((any Module, Tensor) -> Void)? = nil
    ) throws(TensorError) -> UNetInputs {
        let embedding = try timeEmbedding(timestep)
        watch?(timeEmbedding, embedding)
        return UNetInputs(
            embedding: embedding, context: context, frames: frames,
            hasTime: configuration.hasTime(frames: frames), watch: watch)
    }

    /// Runs the layers before the first level, which see neither the time step nor the text.
    ///
    /// - Parameters:
    ///   - sample: `[B·F, C, H, W]`.
    ///   - hasTime: whether the temporal transformer runs.
    ///   - addition: added after that, `[B·F, C, H, W]` or with `B` = 1.
    /// - Returns: the first skip.
    func enter(
        _ sample: Tensor, frames: Int, hasTime: Bool, adding addition: Tensor? = nil,
        watch: ((any Module, Tensor) -> Void)? = nil
    ) throws(TensorError) -> Tensor {
        var hidden = try convIn(sample)
        watch?(convIn, hidden)
        if hasTime {
            hidden = try transformerIn(hidden, frames: frames)
            watch?(transformerIn, hidden)
        }
        return if let addition { try hidden + addition } else { hidden }
    }

    /// Runs the first half.
    ///
    /// - Parameters:
    ///   - sample: `[B·F, C, H, W]`.
    ///   - addition: see ``enter(_:frames:hasTime:adding:watch:)``.
    func encode(
        _ sample: Tensor, _ inputs: UNetInputs, adding addition: Tensor? = nil
    ) throws(TensorError) -> UNetFeatures {
        var hidden = try enter(
            sample, frames: inputs.frames, hasTime: inputs.hasTime, adding: addition,
            watch: inputs.watch)
        var skips = [hidden]
        for block in downBlocks {
            hidden = try block(hidden, inputs, skips: &skips)
            inputs.watch?(block, hidden)
        }
        hidden = try midBlock(hidden, inputs)
        inputs.watch?(midBlock, hidden)
        return UNetFeatures(skips: skips, middle: hidden)
    }
}
