import VideoModels

/// Which sizes of pictures a model can make.
///
/// Every level of the UNet halves the latents; a side that cannot be halved without a rest at each of them is refused
/// unless the model itself has it. With the published networks that are multiples of 64 pixels.
struct FrameSizeRule: Sendable, Hashable {
    /// What both sides are multiples of, in pixels.
    let unit: Int
    private let defaults: GenerationDefaults

    /// The rule of a model.
    init(
        _ defaults: GenerationDefaults, autoencoder: AutoencoderConfiguration,
        unet: UNet3DConfiguration
    ) {
        self.defaults = defaults
        // Both factors are bounded by SizeLimits.
        unit = autoencoder.factor << (unet.blockOutChannels.count - 1)
    }

    /// Width and height of the video that is asked for, in pixels; the model's where nothing is said.
    ///
    /// - Throws: `GenerationError.invalidOption` with the nearest sizes that can be.
    func size(of request: GenerationRequest) throws(GenerationError) -> (width: Int, height: Int) {
        let (width, height) = request.size(defaults)
        try require(width, "--width", usual: defaults.width)
        try require(height, "--height", usual: defaults.height)
        return (width, height)
    }

    private func require(
        _ side: Int, _ option: String, usual: Int
    ) throws(GenerationError) {
        guard side != usual else { return }
        let largest = GenerationDefaults.largestSide / unit * unit
        guard largest > 0 else {
            throw .invalidOption(option, "must be \(usual), the only one of this model")
        }
        guard !(unit...largest).contains(side) || side % unit != 0 else { return }
        let below = min(max(side / unit * unit, unit), largest)
        let nearest = below < side && below < largest ? "\(below) or \(below + unit)" : "\(below)"
        throw .invalidOption(
            option,
            "must be a multiple of \(unit) from \(unit) to \(largest) for this model, not \(side). "
                + "Take \(nearest)")
    }
}
