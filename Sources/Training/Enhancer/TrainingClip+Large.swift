import Journeys
import StreamingT2V
import VideoIO
import VideoModels

extension TrainingClip {
    /// The frames at the large size.
    ///
    /// - Throws: `TrainingError.invalidData` if the clip has none.
    func requireLarge() throws(TrainingError) -> [RGBFrame] {
        guard let large else {
            throw .invalidData("a clip has no large frames to learn from")
        }
        return large
    }

    /// The clip at its large size on the enhancer's canvas, black bars beside it.
    func onCanvas(_ rule: EnhancementSizeRule) throws -> TrainingClip {
        let large = try requireLarge()
        let places = try large.map { try rule.letterbox(of: $0) }
        let scale = Double(Self.enlargement)
        return TrainingClip(
            frames: zip(places, large).map { $0.apply($1) }, caption: caption,
            boxes: zip(places, boxes).map { place, box in
                box.map {
                    FrameTruth.Box(
                        x: $0.x * scale + Double(place.columns.lowerBound),
                        y: $0.y * scale + Double(place.rows.lowerBound), width: $0.width * scale,
                        height: $0.height * scale)
                }
            }, index: index)
    }
}

extension EnhancementSizeRule {
    /// Where a frame of the enhanced size lies on the canvas.
    func letterbox(of frame: RGBFrame) throws(ConfigurationError) -> Letterbox {
        let size = (frame.width, frame.height)
        return try letterbox(picture: size, size: size)
    }
}
