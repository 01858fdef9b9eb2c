import Torch
import TorchNN

/// Turns images into features of an eighth of their size.
///
/// Source: Teed and Deng, RAFT, section "Feature Extraction"; names and order as in torchvision's `raft_large`.
final class RAFTEncoder: Module {
    /// How channels are normalised behind each convolution.
    enum Normalization {
        /// By statistics of the training data; for the context.
        case batch
        /// By each image's own statistics; for the features that are compared.
        case instance
    }

    let stem: NormalizedConvolution
    let layer1: [RAFTResidualBlock]
    let layer2: [RAFTResidualBlock]
    let layer3: [RAFTResidualBlock]
    let conv: Convolution2D

    /// Channels of the result.
    static let outputChannels = 256

    init(_ normalization: Normalization) {
        func stage(_ inputs: Int, _ outputs: Int, stride: Int) -> [RAFTResidualBlock] {
            [
                RAFTResidualBlock(inputs, outputs, stride: stride, normalization),
                RAFTResidualBlock(outputs, outputs, stride: 1, normalization),
            ]
        }
        stem = NormalizedConvolution(3, 64, kernel: 7, stride: 2, normalization)
        layer1 = stage(64, 64, stride: 1)
        layer2 = stage(64, 96, stride: 2)
        layer3 = stage(96, 128, stride: 2)
        conv = Convolution2D(128, Self.outputChannels, kernel: 1)
    }

    /// `[N, 3, 8·h, 8·w]` with values in [−1, 1] to `[N, 256, h, w]`.
    func callAsFunction(_ images: Tensor) throws(TensorError) -> Tensor {
        var hidden = try stem(images).relu()  // [N, 64, 4·h, 4·w]
        for block in layer1 + layer2 + layer3 { hidden = try block(hidden) }
        return try conv(hidden)
    }
}

/// Two convolutions beside a shortcut, ReLU behind each.
final class RAFTResidualBlock: Module {
    let first: NormalizedConvolution
    let second: NormalizedConvolution
    /// Present where the block makes the image smaller.
    let shortcut: NormalizedConvolution?

    init(_ inputs: Int, _ outputs: Int, stride: Int, _ normalization: RAFTEncoder.Normalization) {
        first = NormalizedConvolution(inputs, outputs, kernel: 3, stride: stride, normalization)
        second = NormalizedConvolution(outputs, outputs, kernel: 3, stride: 1, normalization)
        shortcut =
            stride == 1
            ? nil : NormalizedConvolution(inputs, outputs, kernel: 1, stride: stride, normalization)
    }

    func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        let hidden = try second(first(input).relu()).relu()
        let beside = if let shortcut { try shortcut(input) } else { input }
        return try (beside + hidden).relu()
    }
}

/// A convolution and a norm, without activation.
final class NormalizedConvolution: Module {
    let convolution: Convolution2D
    /// Absent where each image is normalised by itself, which has no weights.
    let norm: BatchNorm2D?

    init(
        _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int,
        _ normalization: RAFTEncoder.Normalization
    ) {
        convolution = Convolution2D(inputs, outputs, kernel: kernel, stride: stride)
        norm = normalization == .batch ? BatchNorm2D(channels: outputs) : nil
    }

    func callAsFunction(_ input: Tensor) throws(TensorError) -> Tensor {
        let hidden = try convolution(input)
        return if let norm { try norm(hidden) } else {
            try hidden.instanceNormalized(epsilon: 1e-5)
        }
    }
}
