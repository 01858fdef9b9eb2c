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
        convIn = Convolution2D(configuration.inChannels, channels[0])
        timeEmbedding = TimestepEmbedding(
            width: channels[0], channels: configuration.timeChannels)
        transformerIn = TemporalTransformer(
            channels: channels[0], heads: configuration.transformerInHeads,
            headDimension: configuration.attentionHeadDimension,
            groups: configuration.temporalNormGroups)
        downBlocks = channels.indices.map { level in
            UNetDownBlock(
                inputs: channels[max(level - 1, 0)], outputs: channels[level],
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

/// Places in the network whose values can be watched.
public enum UNetSite: Hashable, Sendable {
    /// After the first convolution.
    case convIn
    /// After the first temporal transformer.
    case transformerIn
    /// After a level on the way down.
    case down(Int)
    /// After the middle block.
    case middle
    /// After a level on the way up.
    case up(Int)
}

extension UNetEncoding {
    /// Runs the first half.
    ///
    /// - Parameters:
    ///   - sample: `[B·F, C, H, W]`.
    ///   - addition: added after the first temporal transformer, `[B·F, C, H, W]` or with `B` = 1.
    func encode(
        _ sample: Tensor, _ inputs: UNetInputs, adding addition: Tensor? = nil,
        watch: ((UNetSite, Tensor) -> Void)? = nil
    ) throws(TensorError) -> UNetFeatures {
        var hidden = try convIn(sample)
        watch?(.convIn, hidden)
        if inputs.frames > 1 {
            hidden = try transformerIn(hidden, frames: inputs.frames)
            watch?(.transformerIn, hidden)
        }
        if let addition { hidden = try hidden + addition }
        var skips = [hidden]
        for (level, block) in downBlocks.enumerated() {
            hidden = try block(hidden, inputs, skips: &skips)
            watch?(.down(level), hidden)
        }
        hidden = try midBlock(hidden, inputs)
        watch?(.middle, hidden)
        return UNetFeatures(skips: skips, middle: hidden)
    }
}
