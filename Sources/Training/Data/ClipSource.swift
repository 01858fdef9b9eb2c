public import Journeys
public import VideoIO

/// A training sample: frames in a row, what they show, and where the subject is.
public struct TrainingClip: Sendable {
    /// How many times wider and higher the large frames are; what the enhancer makes of the model's videos.
    public static let enlargement = 2

    /// The frames, all of one size.
    public let frames: [RGBFrame]
    /// The same frames ``enlargement`` times as large, with the detail that size has room for, if they were asked for.
    public let large: [RGBFrame]?
    /// The caption.
    public let caption: String
    /// The subject's box in each frame, in pixels, where it is known.
    public let boxes: [FrameTruth.Box?]
    /// Which clip of its source it is.
    public let index: Int

    /// A sample.
    public init(
        frames: [RGBFrame], large: [RGBFrame]? = nil, caption: String, boxes: [FrameTruth.Box?],
        index: Int
    ) {
        self.index = index
        self.frames = frames
        self.large = large
        self.caption = caption
        self.boxes = boxes
    }
}

/// Where training clips come from.
///
/// A clip is a function of its index, so that a training run can be repeated or continued anywhere.
public protocol ClipSource: Sendable {
    /// Side of the square frames, in pixels.
    var size: Int { get }

    /// The clip with this index.
    ///
    /// - Parameter withLarge: whether its frames are wanted in the large size, too.
    func clip(index: Int, frameCount: Int, withLarge: Bool) async throws -> TrainingClip

    /// Captions to build a vocabulary from.
    func captions(count: Int) async throws -> [String]
}

extension ClipSource {
    /// The clip with this index in the source's own size.
    public func clip(index: Int, frameCount: Int) async throws -> TrainingClip {
        try await clip(index: index, frameCount: frameCount, withLarge: false)
    }
}
