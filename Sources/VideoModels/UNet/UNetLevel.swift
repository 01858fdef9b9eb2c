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
    /// `F`.
    let frames: Int
    /// Whether the temporal layers run.
    let hasTime: Bool
    /// Is shown each layer and what it returned.
    var watch: ((any Module, Tensor) -> Void)?
}

/// A part of the UNet that works at one size.
protocol UNetLevel: Module {
    var resnets: [ResnetBlock2D] { get }
    var tempConvs: [TemporalConvolution] { get }
    var attentions: [SpatialTransformer] { get }
    var tempAttentions: [TemporalTransformer] { get }
}

extension UNetLevel {
    /// Applies resnet and temporal convolution number `index` and the transformers of that number, if there are any.
    ///
    /// - Parameters:
    ///   - input: `[B·F, C, H, W]`.
    ///   - isAlwaysTemporal: whether the temporal convolution runs even for an image.
    func layer(
        _ index: Int, _ input: Tensor, _ inputs: UNetInputs, isAlwaysTemporal: Bool = false
    ) throws(TensorError) -> Tensor {
        var hidden = try resnets[index](input, embedding: inputs.embedding)
        inputs.watch?(resnets[index], hidden)
        if inputs.hasTime || isAlwaysTemporal {
            hidden = try tempConvs[index](hidden, frames: inputs.frames)
            inputs.watch?(tempConvs[index], hidden)
        }
        guard index < attentions.count else { return hidden }
        hidden = try attentions[index](hidden, context: inputs.context)
        inputs.watch?(attentions[index], hidden)
        if inputs.hasTime {
            hidden = try tempAttentions[index](hidden, frames: inputs.frames)
            inputs.watch?(tempAttentions[index], hidden)
        }
        return hidden
    }
}

/// A level of the UNet on the way down.
final class UNetDownBlock: UNetLevel {
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
        downsamplers =
            isLast ? [] : [Downsample2D(channels: outputs, padding: configuration.form.padding)]
    }

    /// Applies the level and appends what the way up will need to `skips`.
    func callAsFunction(
        _ input: Tensor, _ inputs: UNetInputs, skips: inout [Tensor]
    ) throws(TensorError) -> Tensor {
        var hidden = input
        for index in resnets.indices {
            hidden = try layer(index, hidden, inputs)
            skips.append(hidden)
        }
        for downsampler in downsamplers {
            hidden = try downsampler(hidden)
            inputs.watch?(downsampler, hidden)
            skips.append(hidden)
        }
        return hidden
    }
}

/// The smallest size: resnet, then transformers and a second resnet.
final class UNetMidBlock: UNetLevel {
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
        var hidden = try layer(0, input, inputs, isAlwaysTemporal: true)
        hidden = try layer(1, hidden, inputs)
        return hidden
    }
}

/// A level of the UNet on the way up.
final class UNetUpBlock: UNetLevel {
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
        let dropsOuterRows = configuration.form.padding == .twoRows
        upsamplers = isLast ? [] : [Upsample2D(channels: outputs, dropsOuterRows: dropsOuterRows)]
    }

    /// Applies the level, taking its skips from the end of `skips`.
    ///
    /// - Parameter deep: is given what the last layer gets from the one before.
    func callAsFunction(
        _ input: Tensor, _ inputs: UNetInputs, skips: inout [Tensor],
        keeping deep: DeepFeatures? = nil
    ) throws(TensorError) -> Tensor {
        var hidden = input
        for index in resnets.indices {
            if index == resnets.count - 1 { deep?.keep(hidden) }
            hidden = try Tensor.concatenated([hidden, skips.removeLast()], axis: 1)
            hidden = try layer(index, hidden, inputs)
        }
        for upsampler in upsamplers {
            // The next skip's size, which for odd sizes is not twice this one's.
            let next = skips.last.map { ($0.shape[2], $0.shape[3]) }
            hidden = try upsampler(hidden, size: next)
            inputs.watch?(upsampler, hidden)
        }
        return hidden
    }
}
