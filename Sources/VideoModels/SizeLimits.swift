/// Ranges of the sizes in configuration files, with room above every published network.
///
/// A file can ask for any number. Within these ranges a network is described in milliseconds, and no sum or product of
/// its sizes overflows.
package enum SizeLimits {
    /// Levels of a UNet or an autoencoder, each half as large as the one before.
    package static let levels = 1...8
    /// Resnets per level.
    package static let layersPerBlock = 1...32
    /// Layers of a transformer.
    package static let layers = 1...256
    /// Channels, features, groups, and widths of heads.
    package static let channels = 1...16_384
    /// Attention heads.
    package static let heads = 1...1024
    /// Width of the middle of a feed-forward layer.
    package static let middleChannels = 1...262_144
    /// Entries of a vocabulary.
    package static let vocabulary = 1...1_000_000
    /// Tokens of a sequence.
    package static let tokens = 1...65_536
    /// Side of a picture, in pixels.
    package static let side = 1...8192
    /// Pixels per latent, along one axis.
    package static let latentFactor = 1...1024
    /// Frames of a chunk.
    package static let frames = 1...1024
}

extension ConfigurationError {
    /// Throws unless each number is in its range.
    package static func require(
        _ numbers: [(field: String, value: Int, range: ClosedRange<Int>)]
    ) throws(ConfigurationError) {
        for (field, value, range) in numbers where !range.contains(value) {
            throw .invalid(
                field: field,
                rule: "must be from \(range.lowerBound) to \(range.upperBound), not \(value)")
        }
    }

    /// Throws unless a list has as many numbers as `counts` allows, and each is in `range`.
    package static func require(
        _ field: String, _ values: [Int], counts: ClosedRange<Int>, range: ClosedRange<Int>
    ) throws(ConfigurationError) {
        guard counts.contains(values.count) else {
            let rule =
                counts.lowerBound == counts.upperBound
                ? "must hold \(counts.lowerBound) numbers"
                : "must hold \(counts.lowerBound) to \(counts.upperBound) numbers"
            throw .invalid(field: field, rule: "\(rule), not \(values.count)")
        }
        for value in values where !range.contains(value) {
            throw .invalid(
                field: field,
                rule: "must hold numbers from \(range.lowerBound) to \(range.upperBound), "
                    + "not \(value)")
        }
    }
}
