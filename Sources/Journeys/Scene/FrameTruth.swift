/// What is known about one frame because it was drawn.
public struct FrameTruth: Codable, Sendable, Hashable {
    /// A rectangle in pixels, from the frame's top left corner.
    public struct Box: Codable, Sendable, Hashable {
        /// Left edge.
        public var x: Double
        /// Upper edge.
        public var y: Double
        /// Horizontal extent.
        public var width: Double
        /// Vertical extent.
        public var height: Double

        /// A rectangle by its corner and extent, in pixels.
        public init(x: Double, y: Double, width: Double, height: Double) {
            self.x = x
            self.y = y
            self.width = width
            self.height = height
        }
    }

    /// Where the camera is, in pixels of the nearest background layer at the frame's size.
    ///
    /// 0 at frame 0; grows to the right and falls to the left. From one frame to the next that
    /// layer moves on the picture by the negative of the change.
    public var cameraOffset: Double
    /// The subject with moving parts (wings, pennant) at their widest; smoke, shadow and beam of
    /// light are not part of it.
    public var subjectBox: Box

    /// Gathers the truth of one frame.
    public init(cameraOffset: Double, subjectBox: Box) {
        self.cameraOffset = cameraOffset
        self.subjectBox = subjectBox
    }
}
