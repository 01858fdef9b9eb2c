/// What a ``SceneCutDetector`` measured, one entry for each frame of the video.
public struct SceneCutReport: Sendable, Hashable {
    /// Mean of the three differences to the frame before, 0 to 255; 0 for the first frame.
    public internal(set) var contentValues: [Double] = []
    /// Mean absolute difference of the hues, 0 to 179; `nil` for the first frame.
    public internal(set) var hueDeltas: [Double?] = []
    /// Mean absolute difference of the saturations, 0 to 255; `nil` for the first frame.
    public internal(set) var saturationDeltas: [Double?] = []
    /// Mean absolute difference of the values (the brightest channel), 0 to 255; `nil` for the
    /// first frame.
    public internal(set) var valueDeltas: [Double?] = []
    /// Content value by the mean of the neighbours', at most 255; `nil` where a neighbour is
    /// missing.
    public internal(set) var adaptiveRatios: [Double?] = []
    /// The first frame of each scene but the first, in ascending order.
    public internal(set) var cuts: [Int] = []

    /// Frames of the video.
    public var frameCount: Int { contentValues.count }
}
