import Foundations
import VideoModels

/// Which sizes of pictures a model can make.
///
/// Every level of the UNet halves the latents. A side that is not divisible by 2 at every level is rejected, unless it is
/// the model's usual one. With the published networks that leaves multiples of 64 pixels.
struct FrameSizeRule: Sendable, Hashable {
    /// What both sides are multiples of, in pixels.
    let unit: Int
    private let usual: SamplingSettings

    /// The rule of a model.
    init(
        _ defaults: GenerationDefaults, autoencoder: AutoencoderConfiguration,
        unet: UNet3DConfiguration
    ) {
        usual = defaults.sampling
        // Both factors are bounded by SizeLimits.
        unit = autoencoder.factor << (unet.blockOutChannels.count - 1)
    }

    /// Throws, with the nearest sizes, unless the model can make pictures of this size.
    func require(_ settings: SamplingSettings) throws(InvalidField) {
        try require(settings.width, "width", usual: usual.width)
        try require(settings.height, "height", usual: usual.height)
    }

    private func require(_ side: Int, _ field: String, usual: Int) throws(InvalidField) {
        guard side != usual else { return }
        let largest = SamplingSettings.largestSide / unit * unit
        guard largest > 0 else {
            throw InvalidField(field, "must be \(usual), the only one of this model")
        }
        guard !(unit...largest).contains(side) || side % unit != 0 else { return }
        let below = min(max(side / unit * unit, unit), largest)
        let nearest = below < side && below < largest ? "\(below) or \(below + unit)" : "\(below)"
        throw InvalidField(
            field,
            "must be a multiple of \(unit) from \(unit) to \(largest) for this model, not \(side). "
                + "Take \(nearest)")
    }
}
