/// The curves of `study length`, as means over the videos of each length.
public struct LengthCurves: Codable, Sendable, Hashable {
    /// The curves of one length.
    public struct Length: Codable, Sendable, Hashable {
        /// Frames of each video.
        public let frames: Int
        /// Number of videos.
        public let videos: Int
        /// The curves.
        public let curves: [StudyCurve]
    }

    /// The form of the file.
    public let format: String
    /// Frames that one value stands for.
    public let framesPerValue: Int
    /// One entry per length, in ascending order.
    public let lengths: [Length]

    enum CodingKeys: String, CodingKey {
        case format, lengths
        case framesPerValue = "frames_per_value"
    }

    /// Takes the mean over the videos of each length.
    ///
    /// - Precondition: all videos have the same curves.
    public init(_ videos: [StudyVideo]) {
        format = "streamingt2v-length-curves-1"
        framesPerValue = StudyCurve.framesPerValue
        lengths = Set(videos.map(\.task.frames)).sorted().map { frames in
            let same = videos.filter { $0.task.frames == frames }
            let names = same[0].curves.map(\.name)
            return Length(
                frames: frames, videos: same.count,
                curves: names.map { name in
                    StudyCurve(meanOf: same.flatMap { $0.curves.filter { $0.name == name } })
                })
        }
    }
}
