package import Torch

extension StreamingPipeline {
    /// Pixels that go through the autoencoder at once unless a request says otherwise: 4 frames of 256×256.
    private static let pixelsPerDecode = 1 << 18

    /// Frames of this size, in pixels, that go through the autoencoder at once unless a request says otherwise.
    static func framesPerDecode(height: Int, width: Int) -> Int {
        max(1, pixelsPerDecode / max(height * width, 1))
    }

    /// Decodes the frames of `range` from scaled latents `[1, C, F, h, w]`: `[n, 3, H, W]` in [−1, 1].
    ///
    /// - Parameter count: frames that are decoded at once, which bounds the memory; the same pixels to rounding. See
    ///   ``framesPerDecode(height:width:)`` for what is taken if it is left out.
    package func decode(
        _ latents: Tensor, frames range: Range<Int>, atOnce count: Int? = nil
    ) throws(TensorError) -> Tensor {
        let (_, _, _, height, width) = try latents.shape5()
        let factor = autoencoder.configuration.factor
        let count =
            count ?? Self.framesPerDecode(height: height * factor, width: width * factor)
        var decoded: [Tensor] = []
        for start in stride(from: range.lowerBound, to: range.upperBound, by: count) {
            let slice = start..<min(start + count, range.upperBound)
            decoded.append(try decodeAtOnce(latents.slice(2, slice)))
        }
        return try Tensor.concatenated(decoded, axis: 0)
    }

    /// Encodes frames `[n, 3, H, W]` in [−1, 1] to scaled latents `[1, C, n, h, w]`, the mean of the posterior.
    func encode(_ frames: Tensor) throws(TensorError) -> Tensor {
        let (count, _, height, width) = try frames.shape4()
        let atOnce = Self.framesPerDecode(height: height, width: width)
        var encoded: [Tensor] = []
        for start in stride(from: 0, to: count, by: atOnce) {
            let slice = try frames.slice(0, start..<min(start + atOnce, count))
            encoded.append(try autoencoder.encode(slice).mean.converted(to: .float32))
        }
        let latents = try Tensor.concatenated(encoded, axis: 0)  // [n, C, h, w]
        let scaled = try latents * autoencoder.configuration.scalingFactor
        return try scaled.permuted(1, 0, 2, 3).contiguous().expandedDimension(at: 0)
    }

    private func decodeAtOnce(_ latents: Tensor) throws(TensorError) -> Tensor {
        let chosen = try latents.selected(0, 0).permuted(1, 0, 2, 3)  // [n, C, h, w]
        let scaled = try chosen / autoencoder.configuration.scalingFactor
        let decoded = try autoencoder.decode(scaled).converted(to: .float32)
        // By way of [0, 1], as in the release: other roundings would be another video.
        return try (decoded * 0.5 + 0.5).clamped(to: 0...1) * 2 - 1
    }
}
