import Foundations

/// What `study length` finds: what becomes of quality, cost and memory as videos get longer.
public struct LengthReport: Codable, Sendable, Hashable {
    /// A number at the start, the middle and the end of videos of one length, as means over the videos.
    public struct Course: Codable, Sendable, Hashable {
        /// The number's name.
        public let name: String
        /// Its unit.
        public let unit: String
        /// Mean at the start.
        public let start: FigureMean
        /// Mean in the middle.
        public let middle: FigureMean
        /// Mean at the end.
        public let end: FigureMean
        /// End less start, video by video.
        public let change: FigureMean
    }

    /// The videos of one length.
    public struct Length: Codable, Sendable, Hashable {
        /// Frames of each video.
        public let frames: Int
        /// Number of videos.
        public let videos: Int
        /// Frames of the start, the middle and the end each.
        public let windowFrames: Int
        /// Seconds per frame of denoising and decoding.
        public let secondsPerFrame: Double
        /// The most memory that the process had resident, in bytes; `nil` where the system does not tell.
        public let peakMemory: Int?
        /// Figures of whole videos.
        public let means: [FigureMean]
        /// Numbers over time.
        public let courses: [Course]

        enum CodingKeys: String, CodingKey {
            case frames, videos, means, courses
            case windowFrames = "window_frames"
            case secondsPerFrame = "seconds_per_frame"
            case peakMemory = "peak_memory"
        }
    }

    /// Most frames of a window: a third of the paper's videos of 240 frames.
    static let longestWindow = 80

    /// The form of the file.
    public let format: String
    /// What the numbers depend on.
    public let settings: StudySettings
    /// The set of prompts.
    public let prompts: String
    /// Seed of the videos and the intervals.
    public let seed: UInt64
    /// One entry per length, in ascending order.
    public let lengths: [Length]
    /// Metrics that could not be measured.
    public let skipped: [VideoResult.Skipped]

    /// Gathers the videos of a study.
    ///
    /// - Precondition: there is a video.
    public init(_ videos: [StudyVideo], prompts: String, seed: UInt64) {
        format = "streamingt2v-length-1"
        settings = videos[0].settings
        self.prompts = prompts
        self.seed = seed
        skipped = videos[0].skipped
        lengths = Set(videos.map(\.task.frames)).sorted().map { frames in
            Self.length(frames, videos.filter { $0.task.frames == frames }, seed: seed)
        }
    }

    private static func length(_ frames: Int, _ videos: [StudyVideo], seed: UInt64) -> Length {
        let window = min(longestWindow, max(1, frames / 3))
        let middle = (frames - window) / 2
        let courses = videos[0].curves.map { curve in
            func means(_ range: Range<Int>) -> [Double?] {
                videos.map { video in
                    video.curves.first { $0.name == curve.name }?.mean(frames: range)
                }
            }
            func figure(_ values: [Double?]) -> FigureMean {
                FigureMean(curve.name, unit: curve.unit, values, seed: seed)
            }
            let start = means(0..<window)
            let end = means(frames - window..<frames)
            return Course(
                name: curve.name, unit: curve.unit, start: figure(start),
                middle: figure(means(middle..<middle + window)), end: figure(end),
                change: figure(
                    zip(start, end).map { start, end in start.flatMap { s in end.map { $0 - s } } }
                ))
        }
        return Length(
            frames: frames, videos: videos.count, windowFrames: window,
            secondsPerFrame: videos.map(\.secondsPerFrame).mean ?? 0,
            peakMemory: videos.compactMap(\.peakMemory).max(),
            means: FigureMean.all(of: videos, seed: seed), courses: courses)
    }
}

extension LengthReport {
    /// The report for people; `curves.svg` lies beside it.
    public var markdown: String {
        """
        # \(settings.model.escapedForMarkdown): what becomes of a video with its length

        Prompts of the set \(prompts.markdownCode), seed \(seed) and following, \(settings.device.escapedForMarkdown), \
        \(settings.dtype.escapedForMarkdown); flow: \(settings.flow.escapedForMarkdown). The paper shows videos of 1,200 frames and scores none beyond 240.

        ## Cost

        \(costTable)

        Seconds are those of denoising and decoding. Memory is the most that the whole process had resident, the \
        measuring networks included, and that of earlier videos of the same run.

        ## Quality

        Means over a number of frames at the start, in the middle and at the end of each video; in brackets the 95 % \
        bootstrap interval of the change from start to end over the videos. Cuts are a rate per 240 frames. A prompt has \
        one seed at all lengths, so a shorter video is the beginning of a longer one: lengths differ in their middle and end.

        \(lengths.map(courseTable).joined(separator: "\n\n"))

        ![All numbers over time](curves.svg)

        """
    }

    private var costTable: String {
        let rows = lengths.map { length in
            [
                "\(length.frames)", "\(length.videos)",
                MetricFigure.text(length.secondsPerFrame),
                MetricFigure.text(length.peakMemory.map { Double($0) / 1_048_576 }),
                figure("cuts", length), figure("mawe_script", length),
                figure("mawe_paper", length), figure("clip_score", length),
            ]
        }
        return Markdown.table(
            [
                "frames", "videos", "s per frame", "memory, MiB", "cuts", "MAWE script",
                "MAWE paper", "CLIP",
            ], rows)
    }

    private func figure(_ name: String, _ length: Length) -> String {
        length.means.first { $0.name == name }?.text ?? "–"
    }

    private func courseTable(_ length: Length) -> String {
        let rows = length.courses.map { course in
            [
                course.unit.isEmpty ? course.name : "\(course.name), \(course.unit)",
                MetricFigure.text(course.start.mean), MetricFigure.text(course.middle.mean),
                MetricFigure.text(course.end.mean), course.change.text,
            ]
        }
        let table = Markdown.table(["number", "start", "middle", "end", "end − start"], rows)
        return "### \(length.frames) frames, windows of \(length.windowFrames)\n\n\(table)"
    }
}
