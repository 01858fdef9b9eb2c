public import VideoIO
public import VideoModels

/// Which picture sizes the enhancing network gives back as they went in.
///
/// Each of its downsamplings makes of `h` rows `⌊(h + 1) / 2⌋ + 1` and gets `2h − 2` back: latents must be 2 rows more than
/// a multiple of `2^downsamplings`, and as many columns as a multiple.
///
/// Source: MS-Vid2Vid-XL; 720 pixels are 90 rows of latents, 1280 pixels 160 columns.
public struct EnhancementSizeRule: Sendable, Hashable {
    /// How often the network halves its pictures.
    public var downsamplings: Int
    /// Pixels per row or column of latents.
    public var latentFactor: Int

    /// The rule of MS-Vid2Vid-XL, unless told otherwise.
    public init(downsamplings: Int = 3, latentFactor: Int = 8) {
        precondition((0...8).contains(downsamplings) && latentFactor > 0)
        self.downsamplings = downsamplings
        self.latentFactor = latentFactor
    }

    /// The smallest height that is allowed and not below `height`, in pixels.
    public func height(atLeast height: Int) -> Int {
        let unit = 1 << downsamplings
        let rows = (height + latentFactor - 1) / latentFactor
        return (max(0, (rows - 2 + unit - 1) / unit) * unit + 2) * latentFactor
    }

    /// The smallest width that is allowed and not below `width`, in pixels.
    public func width(atLeast width: Int) -> Int {
        let unit = latentFactor << downsamplings
        return max(1, (width + unit - 1) / unit) * unit
    }

    /// Where a picture lies on a canvas that the network takes.
    ///
    /// The picture is scaled until it fits into the size that is asked for; black bars fill the canvas, and
    /// `Letterbox.crop(_:)` takes them away from the result.
    ///
    /// - Parameters:
    ///   - picture: width and height of the picture as it comes, in pixels.
    ///   - size: width and height that are asked for, in pixels.
    /// - Throws: `ConfigurationError.invalid` for a size from which no video can be made.
    public func letterbox(
        picture: (width: Int, height: Int), size: (width: Int, height: Int)
    ) throws(ConfigurationError) -> Letterbox {
        for (field, value) in [
            ("width", size.width), ("height", size.height), ("picture width", picture.width),
            ("picture height", picture.height),
        ] where !(1...8192).contains(value) {
            throw .invalid(field: field, rule: "must be from 1 to 8192 pixels, not \(value)")
        }
        let canvas = (width: width(atLeast: size.width), height: height(atLeast: size.height))
        return Letterbox(picture: picture, box: size, canvas: canvas)
    }
}
