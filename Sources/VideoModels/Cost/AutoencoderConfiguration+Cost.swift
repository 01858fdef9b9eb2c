extension AutoencoderConfiguration {
    /// Multiplications, each with an addition, that decoding takes, by level from the largest size.
    ///
    /// - Parameters:
    ///   - frames: pictures.
    ///   - height: rows of a picture, in pixels.
    ///   - width: columns of a picture, in pixels.
    public func decoderMultiplications(frames: Int, height: Int, width: Int) -> [Double] {
        let levels = blockOutChannels.count
        func points(_ level: Int) -> Double { pixels(level, frames, height, width) }
        var sums = [Double](repeating: 0, count: levels)
        let last = Double(blockOutChannels[levels - 1])
        // Two resnets and attention over all pixels in the middle.
        sums[levels - 1] +=
            points(levels - 1)
            * (40 * last * last + 2 * points(levels - 1) / Double(max(frames, 1)) * last)
        var inputs = last
        for level in (0..<levels).reversed() {
            let c = Double(blockOutChannels[level])
            for _ in 0...layersPerBlock {
                let each = 9 * inputs * c + 9 * c * c + (inputs == c ? 0 : inputs * c)
                sums[level] += points(level) * each
                inputs = c
            }
            if level > 0 { sums[level - 1] += points(level - 1) * 9 * c * c }
        }
        sums[0] +=
            points(0) * 9 * Double(blockOutChannels[0] * imageChannels * patchSize * patchSize)
        return sums
    }

    /// The same for encoding.
    public func encoderMultiplications(frames: Int, height: Int, width: Int) -> [Double] {
        let levels = blockOutChannels.count
        func points(_ level: Int) -> Double { pixels(level, frames, height, width) }
        var sums = [Double](repeating: 0, count: levels)
        var inputs = Double(blockOutChannels[0])
        sums[0] += points(0) * 9 * Double(imageChannels * patchSize * patchSize) * inputs
        for level in 0..<levels {
            let c = Double(blockOutChannels[level])
            for _ in 0..<layersPerBlock {
                let each = 9 * inputs * c + 9 * c * c + (inputs == c ? 0 : inputs * c)
                sums[level] += points(level) * each
                inputs = c
            }
            if level < levels - 1 { sums[level + 1] += points(level + 1) * 9 * c * c }
        }
        let attention = 2 * points(levels - 1) / Double(max(frames, 1)) * inputs
        let exit = 18 * inputs * Double(latentChannels)
        sums[levels - 1] += points(levels - 1) * (40 * inputs * inputs + attention + exit)
        return sums
    }

    /// Numbers in the largest tensor of a decoding, to which its memory is in proportion.
    public func widestCount(frames: Int, height: Int, width: Int) -> Double {
        blockOutChannels.indices.map { level in
            // Doubling the size comes before the channels get fewer.
            let channels = blockOutChannels[min(level + 1, blockOutChannels.count - 1)]
            return pixels(level, frames, height, width) * Double(channels)
        }.max() ?? 0
    }

    private func pixels(_ level: Int, _ frames: Int, _ height: Int, _ width: Int) -> Double {
        let side = patchSize << level
        return Double(frames * max(height / side, 1) * max(width / side, 1))
    }
}
