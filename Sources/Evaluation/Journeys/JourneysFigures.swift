/// Shares of videos whose factors are right.
public struct FactorAccuracy: Codable, Sendable, Hashable {
    /// Share with the right subject.
    public var subject = 0.0
    /// Share with the right colour.
    public var colour = 0.0
    /// Share with the right background.
    public var background = 0.0
    /// Share with the right time of day.
    public var time = 0.0
    /// Share whose subject faces the right way.
    public var direction = 0.0
    /// Number of videos.
    public var videos = 0

    mutating func add(_ hits: [Bool]) {
        videos += 1
        let values = hits.map { $0 ? 1.0 : 0.0 }
        subject += (values[0] - subject) / Double(videos)
        colour += (values[1] - colour) / Double(videos)
        background += (values[2] - background) / Double(videos)
        time += (values[3] - time) / Double(videos)
        direction += (values[4] - direction) / Double(videos)
    }
}

/// How videos of one length move.
public struct MotionFigures: Codable, Sendable, Hashable {
    /// Share whose scenery scrolls the right way in the last 16 frames.
    public var rightDirection = 0.0
    /// Mean of |speed − wanted| / wanted in the last 16 frames.
    public var speedError = 0.0
    /// Mean pixel change per frame in the last 16 frames over that in the first 16.
    public var stillMoving = 0.0
    /// The same ratio of the scroll speeds.
    public var stillScrolling = 0.0
    /// Number of videos.
    public var videos = 0

    mutating func add(
        rightDirection isRight: Bool, speedError error: Double, stillMoving moving: Double,
        stillScrolling scrolling: Double
    ) {
        videos += 1
        let count = Double(videos)
        rightDirection += ((isRight ? 1 : 0) - rightDirection) / count
        speedError += (error - speedError) / count
        stillMoving += (moving - stillMoving) / count
        stillScrolling += (scrolling - stillScrolling) / count
    }
}

/// The figures of videos of one length.
public struct LengthFigures: Codable, Sendable, Hashable {
    /// Frames of each video.
    public var frames: Int
    /// Factors in the first 16 frames.
    public var first = FactorAccuracy()
    /// Factors in the first 16 frames, prompts with held-out pairs only.
    public var firstHeldOut = FactorAccuracy()
    /// Factors in the last 16 frames.
    public var last = FactorAccuracy()
    /// Motion.
    public var motion = MotionFigures()
    /// Scene cuts per 240 frames.
    public var cutsPer240 = 0.0
    /// New frames per second, files not included.
    public var framesPerSecond = 0.0
}

/// What `study journeys` measures.
public struct JourneysReport: Codable, Sendable {
    /// The model folder.
    public var model: String
    /// SHA-256 of every weight file.
    public var weights: [String: String]
    /// Seed of prompts and videos.
    public var seed: UInt64
    /// PSNR of the autoencoder on unseen scenes, in dB.
    public var autoencoderPSNR: Double
    /// Motion of 64 drawn clips after encoding and decoding, where "first" means the drawn clip.
    public var autoencoderMotion: MotionFigures
    /// Factor accuracy of the classifier itself on unseen drawn clips.
    public var classifier: FactorAccuracy
    /// Mean error of the scroll speed that is read off drawn clips, in pixels per frame.
    public var scrollSpeedError: Double
    /// Denoising steps per chunk.
    public var steps: Int
    /// Figures by length.
    public var lengths: [LengthFigures]
}
