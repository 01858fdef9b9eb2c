public import Torch
public import TorchNN

/// Measures how fast this machine is at the layers of a network, with made-up weights: seconds per multiplication.
///
/// One layer of each level is evaluated twice, and the second time counts: the first one orders the weights.
public enum SpeedProbe {
    /// Points that a layer is tried at; fewer would not fill the processor.
    private static let points = 4096

    /// For each level of a UNet, in seconds per multiplication.
    public static func unet(
        _ configuration: UNet3DConfiguration, _ extent: UNet3DConfiguration.Extent,
        _ preparation: Preparation
    ) throws(TensorError) -> [Double] {
        var speeds: [Double] = []
        for (level, channels) in configuration.blockOutChannels.enumerated() {
            let (height, width) = fitting(
                max(extent.height >> level, 1), max(extent.width >> level, 1), points)
            let part = UNet3DConfiguration.Extent(
                batch: 1, frames: min(extent.frames, max(4, points / (height * width))),
                height: height << level, width: width << level)
            let hasAttention = configuration.downBlockTypes[level] == .crossAttentionDown
            let probe = UNetLevelProbe(
                channels: channels, hasAttention: hasAttention, configuration: configuration)
            try fill(probe, preparation)
            let sample = try Tensor.full(
                [part.frames, channels, height, width], value: 0.5, device: preparation.device
            ).channelsLast()
            let context = AttentionContext(
                try Tensor.full(
                    [1, 77, configuration.crossAttentionDimension], value: 0.5,
                    device: preparation.device), isCached: true)
            let embedding = try Tensor.full(
                [1, configuration.timeChannels], value: 0.5, device: preparation.device)
            let inputs = UNetInputs(
                embedding: embedding, context: context, frames: part.frames, hasTime: true)
            let seconds = try time { () throws(TensorError) in
                try probe.layer(0, sample, inputs)
            }
            speeds.append(
                seconds
                    / configuration.layer(
                        channels, channels, level, part, hasAttention: hasAttention))
        }
        return speeds
    }

    /// For each level of an autoencoder's decoder, in seconds per multiplication.
    public static func decoder(
        _ configuration: AutoencoderConfiguration, height: Int, width: Int,
        _ preparation: Preparation
    ) throws(TensorError) -> [Double] {
        var speeds: [Double] = []
        for (level, channels) in configuration.blockOutChannels.enumerated() {
            let side = configuration.patchSize << level
            let block = ResnetBlock2D(
                inputs: channels, outputs: channels, timeChannels: nil,
                groups: configuration.normGroups, epsilon: 1e-6)
            try fill(block, preparation)
            let (rows, columns) = fitting(max(height / side, 1), max(width / side, 1), 1 << 16)
            let shape = [1, channels, rows, columns]
            let sample = try Tensor.full(shape, value: 0.5, device: preparation.device)
                .channelsLast()
            let seconds = try time { () throws(TensorError) in try block(sample) }
            speeds.append(
                seconds / (18 * Double(shape[2] * shape[3]) * Double(channels * channels)))
        }
        return speeds
    }

    /// Sides of that form with so many points at most: a part of a large picture tells enough.
    private static func fitting(_ height: Int, _ width: Int, _ limit: Int) -> (Int, Int) {
        let scale = min(1, (Double(limit) / Double(height * width)).squareRoot())
        return (max(Int(Double(height) * scale), 1), max(Int(Double(width) * scale), 1))
    }

    private static func fill(
        _ network: some Module, _ preparation: Preparation
    ) throws(TensorError) {
        for (_, parameter) in network.parameters() {
            try parameter.load(Tensor.full(parameter.shape, value: 0.01))
        }
        try network.move(to: preparation.device)
        try network.prepare(for: preparation)
    }

    private static func time(_ body: () throws(TensorError) -> Tensor) throws(TensorError) -> Double
    {
        // Reading a number waits for a GPU.
        _ = try body().selected(0, 0).sum().item()
        let start = ContinuousClock.now
        _ = try body().selected(0, 0).sum().item()
        return (ContinuousClock.now - start) / .seconds(1)
    }
}

/// One layer of a level of the UNet.
private final class UNetLevelProbe: UNetLevel {
    let resnets: [ResnetBlock2D]
    let tempConvs: [TemporalConvolution]
    let attentions: [SpatialTransformer]
    let tempAttentions: [TemporalTransformer]

    init(channels: Int, hasAttention: Bool, configuration: UNet3DConfiguration) {
        let layers = UNetLayers(
            inputs: [channels], outputs: channels, hasAttention: hasAttention,
            configuration: configuration, mixing: nil)
        (resnets, tempConvs) = (layers.resnets, layers.tempConvs)
        (attentions, tempAttentions) = (layers.attentions, layers.tempAttentions)
    }
}
