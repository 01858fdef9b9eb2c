public import VideoIO

/// One frame as metrics see it, with what several of them need.
public struct ObservedFrame: Sendable {
    /// Number of the frame, from 0.
    public let index: Int
    /// The frame.
    public let picture: RGBFrame
    /// The frame before; `nil` for the first one.
    public let previous: RGBFrame?
    /// The frame with the same number in the reference video, if there is one.
    public let reference: RGBFrame?
    /// Mean absolute difference of all bytes to the frame before, 0 to 255; `nil` for the first one.
    public let change: Double?

    /// Observes a frame.
    ///
    /// - Precondition: all frames have one size.
    public init(
        index: Int, picture: RGBFrame, previous: RGBFrame? = nil, reference: RGBFrame? = nil
    ) {
        self.index = index
        self.picture = picture
        self.previous = previous
        self.reference = reference
        change = previous.map { picture.meanAbsoluteDifference(to: $0) }
    }
}

/// A measurement that takes the frames of one video one by one and keeps a few numbers of each.
///
/// A metric is one file with a type that conforms, and one entry in ``MetricKind/all``.
public protocol VideoMetric {
    /// What the metric is and what it needs.
    static var kind: MetricKind { get }

    /// Takes the next frame.
    mutating func append(_ frame: ObservedFrame) throws

    /// What was measured; called once, after the last frame, of which there may be none.
    mutating func finish() throws -> MetricResult
}
