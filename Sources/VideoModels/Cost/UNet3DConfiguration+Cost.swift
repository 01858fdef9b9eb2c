extension UNet3DConfiguration {
    /// Latents that a network evaluates at once.
    public struct Extent: Sendable, Hashable {
        /// Videos, one per branch of the guidance.
        public var batch: Int
        /// Frames of each.
        public var frames: Int
        /// Rows of latents.
        public var height: Int
        /// Columns of latents.
        public var width: Int

        /// Latents of this extent.
        public init(batch: Int, frames: Int, height: Int, width: Int) {
            (self.batch, self.frames) = (batch, frames)
            (self.height, self.width) = (height, width)
        }

        /// Latents of one channel in a frame, at a level.
        func pixels(_ level: Int) -> Double {
            Double(max(height >> level, 1) * max(width >> level, 1))
        }

        /// Latents of one channel, at a level.
        func points(_ level: Int) -> Double { Double(batch * frames) * pixels(level) }
    }

    /// Multiplications, each with an addition, that one evaluation of the UNet takes, by level from the largest size.
    ///
    /// - Parameter streaming: sizes of the mergers (CAM) and the conditional frames that they read, if it has them.
    public func multiplications(
        _ extent: Extent, streaming: StreamingConfiguration? = nil
    ) -> [Double] {
        var sums = encoderMultiplications(extent)
        var skips = UNet3D.skipChannels(self)
        if let streaming {
            for (channels, level) in zip(skips + [skips.last ?? 0], skipLevels + [levels - 1]) {
                sums[level] += merger(channels, level, extent, streaming)
            }
        }
        var width = blockOutChannels[levels - 1]
        for index in 0..<levels {
            let level = levels - 1 - index
            let channels = blockOutChannels[level]
            for _ in 0...layersPerBlock {
                sums[level] += layer(
                    width + skips.removeLast(), channels, level, extent,
                    hasAttention: upBlockTypes[index] == .crossAttentionUp)
                width = channels
            }
            guard level > 0 else { continue }
            sums[level - 1] += extent.points(level - 1) * 9 * Double(channels * channels)
        }
        sums[0] += exit(extent)
        return sums
    }

    /// The same for ``UNet3D/shallow(_:timestep:context:entry:deep:watch:)``.
    public func shallowMultiplications(
        _ extent: Extent, streaming: StreamingConfiguration? = nil
    ) -> [Double] {
        var sums = entryMultiplications(extent)
        if let streaming { sums[0] += merger(stemChannels, 0, extent, streaming) }
        let channels = blockOutChannels[0]
        sums[0] +=
            layer(
                channels + stemChannels, channels, 0, extent,
                hasAttention: upBlockTypes[levels - 1] == .crossAttentionUp) + exit(extent)
        return sums
    }

    /// The same for ``ConditioningExtractor/entry(_:encodedFrames:)``.
    public func entryMultiplications(_ extent: Extent) -> [Double] {
        var sums = [Double](repeating: 0, count: levels)
        let stem = Double(stemChannels)
        let inner = Double(transformerInHeads * attentionHeadDimension)
        sums[0] =
            extent.points(0)
            * (9 * stem * Double(inChannels) + 2 * stem * inner + 20 * inner * inner
                + 4 * Double(extent.frames) * inner)
        return sums
    }

    /// The same for the UNet's first half, as in the conditioning extractor.
    public func encoderMultiplications(_ extent: Extent) -> [Double] {
        var sums = entryMultiplications(extent)
        var width = stemChannels
        for (level, channels) in blockOutChannels.enumerated() {
            for _ in 0..<layersPerBlock {
                sums[level] += layer(
                    width, channels, level, extent,
                    hasAttention: downBlockTypes[level] == .crossAttentionDown)
                width = channels
            }
            guard level < levels - 1 else { continue }
            sums[level + 1] += extent.points(level + 1) * 9 * Double(channels * channels)
        }
        for hasAttention in [true, false] {
            sums[levels - 1] += layer(
                width, width, levels - 1, extent, hasAttention: hasAttention)
        }
        return sums
    }

    /// Numbers in a tensor of the largest size, to which the memory of an evaluation is in proportion.
    public func widestCount(_ extent: Extent) -> Double {
        extent.points(0) * Double(blockOutChannels[0])
    }

    /// The last convolution.
    private func exit(_ extent: Extent) -> Double {
        extent.points(0) * 9 * Double(blockOutChannels[0] * outChannels)
    }

    /// The merger of a skip.
    private func merger(
        _ channels: Int, _ level: Int, _ extent: Extent, _ streaming: StreamingConfiguration
    ) -> Double {
        let conditional = Double(streaming.conditionalFrames)
        let share = conditional / Double(streaming.frames)
        let c = Double(channels)
        return extent.points(level) * (c * c * (4 + 2 * share) + 2 * conditional * c)
    }

    /// A resnet and a temporal convolution, and the two transformers of levels with attention.
    func layer(
        _ inputs: Int, _ outputs: Int, _ level: Int, _ extent: Extent, hasAttention: Bool
    ) -> Double {
        let (a, c) = (Double(inputs), Double(outputs))
        var each = 9 * a * c + 9 * c * c + (inputs == outputs ? 0 : a * c) + 12 * c * c
        if hasAttention {
            let spatial = 20 * c * c + 2 * (extent.pixels(level) + Double(Self.textTokens)) * c
            each += spatial + 22 * c * c + 4 * Double(extent.frames) * c
        }
        return extent.points(level) * each
    }

    /// Tokens of a prompt, for which a few more or less make no difference here.
    private static let textTokens = 77

    /// The level of each skip.
    private var skipLevels: [Int] {
        var found = [0]
        for level in 0..<levels {
            found += Array(repeating: level, count: layersPerBlock)
            if level < levels - 1 { found.append(level + 1) }
        }
        return found
    }
}
