public import Journeys
public import VideoIO

/// A training sample: frames in a row, what they show, and where the subject is.
public struct TrainingClip: Sendable {
    /// The frames, all of one size.
    public let frames: [RGBFrame]
    /// The caption.
    public let caption: String
    /// The subject's box in each frame, in pixels, where it is known.
    public let boxes: [FrameTruth.Box?]

    /// A sample.
    public init(frames: [RGBFrame], caption: String, boxes: [FrameTruth.Box?]) {
        self.frames = frames
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
    func clip(index: Int, frameCount: Int) async throws -> TrainingClip

    /// Captions to build a vocabulary from.
    func captions(count: Int) async throws -> [String]
}
