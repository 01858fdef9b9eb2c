import Foundation
public import Torch

/// How images are made ready for CLIP's image transformer.
///
/// Source: the release's `image_embedder.py`, which resizes with kornia: bicubic with aligned corners, behind a
/// Gaussian blur where the image shrinks.
public enum ImagePreprocessing {
    /// Means of red, green and blue in CLIP's training images.
    static let mean: [Float] = [0.48145466, 0.4578275, 0.40821073]
    /// Standard deviations of red, green and blue.
    static let deviation: [Float] = [0.26862954, 0.26130258, 0.27577711]

    /// `[N, 3, H, W]` in [−1, 1] to `[N, 3, size, size]` in CLIP's normalised colours.
    public static func prepare(_ images: Tensor, size: Int) throws(TensorError) -> Tensor {
        let resized = try (resize(images, height: size, width: size) + 1) / 2
        let shape = [1, 3, 1, 1]
        let mean = try Tensor(Self.mean, shape: shape).moved(to: images.device)
        let deviation = try Tensor(Self.deviation, shape: shape).moved(to: images.device)
        return try (resized - mean) / deviation
    }

    /// Bicubic resize (a = −0.75, corners aligned), blurred before along axes that shrink.
    public static func resize(
        _ images: Tensor, height: Int, width: Int
    ) throws(TensorError) -> Tensor {
        let (_, _, inputHeight, inputWidth) = try images.shape4()
        let factors = (Double(inputHeight) / Double(height), Double(inputWidth) / Double(width))
        var source = images
        if max(factors.0, factors.1) > 1 {
            source = try blurred(images, along: 2, factor: factors.0)
            source = try blurred(source, along: 3, factor: factors.1)
        }
        if inputHeight == height, inputWidth == width { return source }
        return try source.contiguous().bicubicResized(
            height: height, width: width, alignCorners: true)
    }

    private static func blurred(
        _ images: Tensor, along axis: Int, factor: Double
    ) throws(TensorError) -> Tensor {
        let deviation = max((factor - 1) / 2, 0.001)
        var length = max(Int(4 * deviation), 3)
        if length % 2 == 0 { length += 1 }
        let offsets = (0..<length).map { Double($0 - length / 2) }
        let weights = offsets.map { exp(-$0 * $0 / (2 * deviation * deviation)) }
        let total = weights.reduce(0, +)
        let (n, c, h, w) = try images.shape4()
        let kernelShape = axis == 2 ? [1, 1, length, 1] : [1, 1, 1, length]
        let kernel = try Tensor(weights.map { Float($0 / total) }, shape: kernelShape)
            .moved(to: images.device)
        let half = length / 2
        let border = axis == 2 ? [0, 0, half, half] : [half, half, 0, 0]
        let padded = try images.reshaped(n * c, 1, h, w).reflectionPadded(border)
        return try padded.convolved2D(kernel, nil).reshaped(n, c, h, w)
    }
}
