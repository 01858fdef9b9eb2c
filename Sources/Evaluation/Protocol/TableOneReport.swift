import Foundations

/// What `study table1` finds: one video per prompt, beside the paper's Table 1.
public struct TableOneReport: Codable, Sendable, Hashable {
    /// A point of the stability over the length.
    public struct Moment: Codable, Sendable, Hashable {
        /// Frames of the videos up to here.
        public let frames: Int
        /// Mean of the pairs' warp errors by motion, in the script's reading.
        public let mawe: FigureMean
        /// Mean CLIP score.
        public let clipScore: FigureMean

        enum CodingKeys: String, CodingKey {
            case frames, mawe
            case clipScore = "clip_score"
        }
    }

    /// The form of the file.
    public let format: String
    /// What the numbers depend on.
    public let settings: StudySettings
    /// The set of prompts.
    public let prompts: String
    /// Number of prompts.
    public let count: Int
    /// Frames of each video.
    public let frames: Int
    /// Seed of the videos and the intervals.
    public let seed: UInt64
    /// Means over the videos.
    public let means: [FigureMean]
    /// How the scores change with the length, for the moments that the paper shows and the videos reach.
    public let stability: [Moment]
    /// Seconds per frame of denoising and decoding.
    public let secondsPerFrame: Double
    /// What the figures depend on, by metric.
    public let details: [String: [String: String]]
    /// Metrics that could not be measured.
    public let skipped: [VideoResult.Skipped]
    /// The paper's numbers.
    public let published: PublishedResults

    enum CodingKeys: String, CodingKey {
        case format, settings, prompts, count, frames, seed, means, stability, details, skipped
        case published
        case secondsPerFrame = "seconds_per_frame"
    }

    /// Gathers the videos of a study.
    ///
    /// - Precondition: there is a video, and all have one length.
    public init(_ videos: [StudyVideo], prompts: String, seed: UInt64) {
        format = "streamingt2v-table1-1"
        settings = videos[0].settings
        self.prompts = prompts
        count = videos.count
        let frames = videos[0].task.frames
        self.frames = frames
        self.seed = seed
        means = FigureMean.all(of: videos, seed: seed)
        func upTo(_ end: Int, _ name: String, unit: String) -> FigureMean {
            FigureMean(
                name, unit: unit,
                videos.map { video in
                    video.curves.first { $0.name == name }?.mean(frames: 0..<end)
                }, seed: seed)
        }
        stability = PublishedResults.all.stability.filter { $0.frames <= frames }.map { moment in
            Moment(
                frames: moment.frames, mawe: upTo(moment.frames, "mawe_script", unit: "levels²/px"),
                clipScore: upTo(moment.frames, "clip_score", unit: "−100…100"))
        }
        secondsPerFrame = videos.map(\.secondsPerFrame).mean ?? 0
        details = videos[0].details
        skipped = videos[0].skipped
        published = .all
    }
}

extension TableOneReport {
    /// The report for people.
    public var markdown: String {
        """
        # \(settings.model.escapedForMarkdown) beside Table 1 of StreamingT2V

        \(count) prompts of the set \(prompts.markdownCode), one video of \(frames) frames each, seed \(seed) and following. Means \
        over the videos; in brackets 95 % bootstrap intervals.

        \(tableOne)

        **Only tendencies can be compared with the published rows.** They rest on RAFT's flow, on videos of 720×720 \
        pixels, on a CLIP model that the paper does not name, and on its 50 prompts. Here the flow is \
        \(settings.flow.escapedForMarkdown), the videos have \(settings.sampling.width)×\(settings.sampling.height) pixels \
        (resized to 720×720 for the flow; small ones \
        become smooth, which lowers MAWE), the CLIP pair is \
        \(clipModel), and the prompts are \(prompts.markdownCode). MAWE has two readings on different scales; the paper does not say which one its \
        table shows.

        ## All figures

        \(figureTable)

        \(left)Denoising and decoding take \(MetricFigure.text(secondsPerFrame)) s per frame (\(settings.device.escapedForMarkdown), \
        \(settings.dtype.escapedForMarkdown)).
        \(stabilitySection)
        ## Published ablations

        From 75 prompts that are not published; no variant is measured here.

        \(ablationTable)

        """
    }

    private func mean(_ name: String) -> FigureMean? { means.first { $0.name == name } }

    private func text(_ name: String) -> String { mean(name)?.text ?? "–" }

    private var tableOne: String {
        let rows = published.tableOne.map { row in
            [
                row.name, Markdown.exact(row.mawe), Markdown.exact(row.sceneCuts),
                Markdown.exact(row.clipScore),
            ]
        }
        return Markdown.table(
            ["method", "MAWE ↓", "SCuts ↓", "CLIP ↑"],
            rows + [
                [
                    "\(settings.model), here",
                    "script \(text("mawe_script")), paper \(text("mawe_paper"))", text("cuts"),
                    text("clip_score"),
                ]
            ], boldRows: [rows.count])
    }

    private var figureTable: String {
        let rows = means.map { figure in
            [
                figure.name, MetricFigure.text(figure.mean), figure.interval ?? "–", figure.unit,
                "\(figure.videos)", "\(figure.undefinedVideos)",
            ]
        }
        return Markdown.table(
            ["figure", "mean", "95 % interval", "unit", "videos", "not defined"], rows)
    }

    private var ablationTable: String {
        let rows = published.ablations.map { row in
            [row.study, row.variant, row.quantity, Markdown.exact(row.value)]
        }
        return Markdown.table(["study", "variant", "quantity", "value"], rows, texts: [0, 1, 2])
    }

    private var clipModel: String {
        skipped.contains { $0.metric == "clip" }
            ? "missing" : "the one of \(settings.model.escapedForMarkdown) itself"
    }

    private var left: String {
        skipped.isEmpty
            ? ""
            : skipped.map { "Left out: \($0.metric), \($0.reason)".escapedForMarkdown }
                .joined(separator: "\n") + "\n\n"
    }

    private var stabilitySection: String {
        guard !stability.isEmpty else { return "" }
        let rows = zip(stability, published.stability).map { here, paper in
            [
                "\(here.frames)", Markdown.exact(paper.mawe), here.mawe.text,
                Markdown.exact(paper.clipScore), here.clipScore.text,
            ]
        }
        let table = Markdown.table(
            ["frames", "MAWE published", "MAWE here", "CLIP published", "CLIP here"], rows)
        return """

            ## Over the length

            Scores of the first frames of each video, read like this because the paper's CLIP scores run into its \
            Table 1. MAWE here is the script's reading.

            \(table)

            """
    }
}
