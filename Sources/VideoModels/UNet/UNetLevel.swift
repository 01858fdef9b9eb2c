import Torch
import TorchNN

/// Resnet, temporal convolution and, in levels with attention, spatial and temporal transformer: the layer that all
/// levels of the UNet repeat.
struct UNetLayers {
    let resnets: [ResnetBlock2D]
    let tempConvs: [TemporalConvolution]
    let attentions: [SpatialTransformer]
    let tempAttentions: [TemporalTransformer]

    init(
        inputs: [Int], outputs: Int, hasAttention: Bool, configuration: UNet3DConfiguration,
        mixing: AnchorMixing.Sizes?
    ) {
        let headDimension = configuration.attentionHeadDimension
        resnets = inputs.map {
            ResnetBlock2D(
                inputs: $0, outputs: outputs, timeChannels: configuration.timeChannels,
                groups: configuration.normGroups, epsilon: configuration.normEpsilon)
        }
        tempConvs = inputs.map { _ in
            TemporalConvolution(channels: outputs, groups: configuration.temporalNormGroups)
        }
        let attended = hasAttention ? inputs : []
        attentions = attended.map { _ in
            SpatialTransformer(
                channels: outputs, headDimension: headDimension,
                contextChannels: configuration.crossAttentionDimension,
                groups: configuration.normGroups, mixing: mixing)
        }
        tempAttentions = attended.map { _ in
            TemporalTransformer(
                channels: outputs, heads: outputs / headDimension, headDimension: headDimension,
                groups: configuration.normGroups)
        }
    }
}

/// What every layer of one evaluation sees besides its input.
struct UNetInputs {
    /// `[B, timeChannels]`.
    let embedding: Tensor
    let context: AttentionContext
    /// `F`; with one frame the temporal layers are left out.
    let frames: Int
}

/// A level of the UNet on the way down.
final class UNetDownBlock: Module {
    let resnets: [ResnetBlock2D]
    let tempConvs: [TemporalConvolution]
    let attentions: [SpatialTransformer]
    let tempAttentions: [TemporalTransformer]
    let downsamplers: [Downsample2D]

    init(
        inputs: Int, outputs: Int, type: UNet3DConfiguration.BlockType, isLast: Bool,
        configuration: UNet3DConfiguration, mixing: AnchorMixing.Sizes?
    ) {
        let layers = UNetLayers(
            inputs: [inputs]
                + Array(repeating: outputs, count: configuration.layersPerBlock - 1),
            outputs: outputs, hasAttention: type == .crossAttentionDown,
            configuration: configuration, mixing: mixing)
        (resnets, tempConvs) = (layers.resnets, layers.tempConvs)
        (attentions, tempAttentions) = (layers.attentions, layers.tempAttentions)
        downsamplers = isLast ? [] : [Downsample2D(channels: outputs)]
    }

    /// Applies the level and appends what the way up will need to `skips`.
    func callAsFunction(
        _ input: Tensor, _ inputs: UNetInputs, skips: inout [Tensor]
    ) throws(TensorError) -> Tensor {
        var hidden = input
        for index in resnets.indices {
            hidden = try resnets[index](hidden, embedding: inputs.embedding)
            if inputs.frames > 1 { hidden = try tempConvs[index](hidden, frames: inputs.frames) }
            if index < attentions.count {
                hidden = try attentions[index](hidden, context: inputs.context)
                if inputs.frames > 1 {
                    hidden = try tempAttentions[index](hidden, frames: inputs.frames)
                }
            }
            skips.append(hidden)
        }
        for downsampler in downsamplers {
            hidden = try downsampler(hidden)
            skips.append(hidden)
        }
        return hidden
    }
}

/// The smallest size: resnet, then transformers and a second resnet.
final class UNetMidBlock: Module {
    let resnets: [ResnetBlock2D]
    let tempConvs: [TemporalConvolution]
    let attentions: [SpatialTransformer]
    let tempAttentions: [TemporalTransformer]

    init(channels: Int, configuration: UNet3DConfiguration, mixing: AnchorMixing.Sizes?) {
        let layers = UNetLayers(
            inputs: [channels, channels], outputs: channels, hasAttention: true,
            configuration: configuration, mixing: mixing)
        (resnets, tempConvs) = (layers.resnets, layers.tempConvs)
        attentions = Array(layers.attentions.prefix(1))
        tempAttentions = Array(layers.tempAttentions.prefix(1))
    }

    /// Applies the block; its first temporal convolution runs even for a single frame, as in the release.
    func callAsFunction(_ input: Tensor, _ inputs: UNetInputs) throws(TensorError) -> Tensor {
        var hidden = try resnets[0](input, embedding: inputs.embedding)
        hidden = try tempConvs[0](hidden, frames: inputs.frames)
        hidden = try attentions[0](hidden, context: inputs.context)
        if inputs.frames > 1 { hidden = try tempAttentions[0](hidden, frames: inputs.frames) }
        hidden = try resnets[1](hidden, embedding: inputs.embedding)
        if inputs.frames > 1 { hidden = try tempConvs[1](hidden, frames: inputs.frames) }
        return hidden
    }
}

/// A level of the UNet on the way up.
final class UNetUpBlock: Module {
    let resnets: [ResnetBlock2D]
    let tempConvs: [TemporalConvolution]
    let attentions: [SpatialTransformer]
    let tempAttentions: [TemporalTransformer]
    let upsamplers: [Upsample2D]

    init(
        inputs: Int, skips: [Int], outputs: Int, type: UNet3DConfiguration.BlockType, isLast: Bool,
        configuration: UNet3DConfiguration, mixing: AnchorMixing.Sizes?
    ) {
        let layers = UNetLayers(
            inputs: skips.enumerated().map { ($0 == 0 ? inputs : outputs) + $1 },
            outputs: outputs, hasAttention: type == .crossAttentionUp,
            configuration: configuration, mixing: mixing)
        (resnets, tempConvs) = (layers.resnets, layers.tempConvs)
        (attentions, tempAttentions) = (layers.attentions, layers.tempAttentions)
        upsamplers = isLast ? [] : [Upsample2D(channels: outputs)]
    }

    /// Applies the level, taking its skips from the end of `skips`.
    func callAsFunction(
        _ input: Tensor, _ inputs: UNetInputs, skips: inout [Tensor]
    ) throws(TensorError) -> Tensor {
        var hidden = input
        for index in resnets.indices {
            hidden = try Tensor.concatenated([hidden, skips.removeLast()], axis: 1)
            hidden = try resnets[index](hidden, embedding: inputs.embedding)
            if inputs.frames > 1 { hidden = try tempConvs[index](hidden, frames: inputs.frames) }
            if index < attentions.count {
                hidden = try attentions[index](hidden, context: inputs.context)
                if inputs.frames > 1 {
                    hidden = try tempAttentions[index](hidden, frames: inputs.frames)
                }
            }
        }
        for upsampler in upsamplers {
            // The next skip's size, which for odd sizes is not twice this one's.
            let next = skips.last.map { ($0.shape[2], $0.shape[3]) }
            hidden = try upsampler(hidden, size: next)
        }
        return hidden
    }
}
