import Torch
import TorchNN

private let autoencoderEpsilon = 1e-6

/// Attention over all pixels with one head, beside a shortcut.
final class AutoencoderAttention: Module {
    let groupNorm: GroupNorm
    let attention: Attention

    init(channels: Int, groups: Int) {
        groupNorm = GroupNorm(groups: groups, channels: channels, epsilon: autoencoderEpsilon)
        attention = Attention(channels: channels, heads: 1, headDimension: channels, bias: true)
    }

    func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        let (_, _, height, width) = try input.shape4()
        let tokens = try attention(groupNorm(input).pixelsAsTokens())
        return try input + tokens.tokensAsPixels(height: height, width: width)
    }
}

/// Resnet, attention, resnet at the smallest size.
final class AutoencoderMidBlock: Module {
    let resnets: [ResnetBlock2D]
    let attentions: [AutoencoderAttention]

    init(channels: Int, groups: Int) {
        resnets = (0..<2).map { _ in
            ResnetBlock2D(
                inputs: channels, outputs: channels, timeChannels: nil, groups: groups,
                epsilon: autoencoderEpsilon)
        }
        attentions = [AutoencoderAttention(channels: channels, groups: groups)]
    }

    func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        try resnets[1](attentions[0](resnets[0](input)))
    }
}

/// A level of the encoder or decoder: resnets, then a change of size.
final class AutoencoderBlock: Module {
    let resnets: [ResnetBlock2D]
    let downsamplers: [Downsample2D]
    let upsamplers: [Upsample2D]

    enum Resampling { case down, up, none }

    init(inputs: Int, outputs: Int, layers: Int, groups: Int, resampling: Resampling) {
        resnets = (0..<layers).map {
            ResnetBlock2D(
                inputs: $0 == 0 ? inputs : outputs, outputs: outputs, timeChannels: nil,
                groups: groups, epsilon: autoencoderEpsilon)
        }
        downsamplers =
            resampling == .down ? [Downsample2D(channels: outputs, padding: .rightAndBottom)] : []
        upsamplers = resampling == .up ? [Upsample2D(channels: outputs)] : []
    }

    func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        var hidden = input
        for resnet in resnets { hidden = try resnet(hidden) }
        for downsampler in downsamplers { hidden = try downsampler(hidden) }
        for upsampler in upsamplers { hidden = try upsampler(hidden) }
        return hidden
    }
}

/// Pixels to the mean and log variance of latents.
final class AutoencoderEncoder: Module {
    let convIn: Convolution2D
    let downBlocks: [AutoencoderBlock]
    let midBlock: AutoencoderMidBlock
    let convNormOut: GroupNorm
    let convOut: Convolution2D

    init(_ configuration: AutoencoderConfiguration) {
        let channels = configuration.blockOutChannels
        let groups = configuration.normGroups
        let patch = configuration.patchSize
        convIn = Convolution2D(configuration.imageChannels * patch * patch, channels[0])
        downBlocks = channels.indices.map { level in
            AutoencoderBlock(
                inputs: channels[max(level - 1, 0)], outputs: channels[level],
                layers: configuration.layersPerBlock, groups: groups,
                resampling: level == channels.count - 1 ? .none : .down)
        }
        let last = channels[channels.count - 1]
        midBlock = AutoencoderMidBlock(channels: last, groups: groups)
        convNormOut = GroupNorm(groups: groups, channels: last, epsilon: autoencoderEpsilon)
        convOut = Convolution2D(last, 2 * configuration.latentChannels)
    }

    func callAsFunction(_ pixels: Tensor) throws(TensorError) -> Tensor {
        var hidden = try convIn(pixels)
        for block in downBlocks { hidden = try block(hidden) }
        return try convOut(convNormOut.thenSiLU(midBlock(hidden)))
    }
}

/// Latents to pixels.
final class AutoencoderDecoder: Module {
    let convIn: Convolution2D
    let midBlock: AutoencoderMidBlock
    let upBlocks: [AutoencoderBlock]
    let convNormOut: GroupNorm
    let convOut: Convolution2D

    init(_ configuration: AutoencoderConfiguration) {
        let channels = Array(configuration.blockOutChannels.reversed())
        let groups = configuration.normGroups
        let patch = configuration.patchSize
        convIn = Convolution2D(configuration.latentChannels, channels[0])
        midBlock = AutoencoderMidBlock(channels: channels[0], groups: groups)
        upBlocks = channels.indices.map { level in
            AutoencoderBlock(
                inputs: channels[max(level - 1, 0)], outputs: channels[level],
                layers: configuration.layersPerBlock + 1, groups: groups,
                resampling: level == channels.count - 1 ? .none : .up)
        }
        let last = channels[channels.count - 1]
        convNormOut = GroupNorm(groups: groups, channels: last, epsilon: autoencoderEpsilon)
        convOut = Convolution2D(last, configuration.imageChannels * patch * patch)
    }

    func callAsFunction(_ latents: Tensor) throws(TensorError) -> Tensor {
        var hidden = try midBlock(convIn(latents))
        for block in upBlocks { hidden = try block(hidden) }
        return try convOut(convNormOut.thenSiLU(hidden))
    }
}
