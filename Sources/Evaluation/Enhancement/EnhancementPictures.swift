public import VideoIO

/// One video in all its forms, to be looked at.
public struct EnhancementPictures {
    private static let moments = 4
    private let videos: [(name: String, frames: [RGBFrame])]

    /// - Precondition: there is a video with frames, and all have one size and length.
    public init(_ videos: [(name: String, frames: [RGBFrame])]) {
        precondition(videos.first?.frames.isEmpty == false)
        self.videos = videos
    }

    /// A few frames of each form: a form per row.
    public var frames: RGBFrame {
        let places = ContactSheet.sample(count: Self.moments, of: videos[0].frames.count)
        return ContactSheet.make(
            frames: videos.flatMap { video in places.map { video.frames[$0] } },
            columns: places.count, scale: 2,
            labels: videos.flatMap { video in places.map { "\(video.name) \($0)" } })
    }

    /// One row of pixels of each form, over time: time goes down, a seam is a horizontal line.
    public var slices: RGBFrame {
        let row = videos[0].frames[0].height * 3 / 5
        return ContactSheet.make(
            frames: videos.map { .timeSlice($0.frames, row: row) }, columns: videos.count, scale: 1,
            labels: videos.map(\.name))
    }
}
