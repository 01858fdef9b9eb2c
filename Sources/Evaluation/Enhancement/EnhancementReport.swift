import Foundations
public import StreamingT2V

/// What `study enhancement` finds.
public struct EnhancementReport: Codable, Sendable, Hashable {
    /// The figures of one way to enhance, or of a video without enhancement.
    public struct Row: Codable, Sendable, Hashable {
        /// Its name.
        public let name: String
        /// How it was enhanced, `nil` without enhancement.
        ///
        /// Prompt and seed are the first video's.
        public let settings: EnhancementSettings?
        /// PSNR to the drawn large videos, in dB, over all frames together.
        public let psnr: Double
        /// Mean squared difference of neighbouring pixels over that of the drawn large videos.
        public let gradientShare: Double
        /// Mean absolute difference of frames between which chunks are joined over that of frames which no chunks share,
        /// minus 1.
        public let seam: Double?
        /// ``seam`` over what the same pairs of frames of the drawn video give, both with 1 added, minus 1.
        public let seamBeyondMotion: Double?
        /// Seconds of enhancement per frame, from pixels to pixels.
        public let secondsPerFrame: Double?

        enum CodingKeys: String, CodingKey {
            case name, settings, psnr, seam
            case gradientShare = "gradient_share"
            case seamBeyondMotion = "seam_beyond_motion"
            case secondsPerFrame = "seconds_per_frame"
        }

        init(_ name: String, _ tally: EnhancementTally, settings: EnhancementSettings?) {
            self.name = name
            self.settings = settings
            psnr = tally.psnr
            gradientShare = tally.gradientShare
            seam = tally.seam
            seamBeyondMotion = tally.seamBeyondMotion
            secondsPerFrame = settings == nil ? nil : tally.secondsPerFrame
        }
    }

    static let drawn = "drawn"
    static let reconstructed = "through the autoencoder"
    static let bicubic = "bicubic"
    static let baselineNames = [drawn, reconstructed, bicubic]

    /// The model.
    public let model: String
    /// SHA-256 of its weight files.
    public let weights: [String: String]
    /// What the videos were.
    public let settings: EnhancementStudy.Settings
    /// Videos without enhancement.
    public let baselines: [Row]
    /// The ways to enhance.
    public let variants: [Row]

    /// The report for people.
    public var markdown: String {
        let bicubic = baselines.first { $0.name == Self.bicubic }?.psnr
        func text(_ value: Double?, _ decimals: Int, _ factor: Double = 1) -> String {
            value.map { Markdown.fixed($0 * factor, decimals) } ?? "–"
        }
        let rows = (baselines + variants).map { row in
            [
                row.name, text(row.settings.map { Double($0.sampling.noiseLevel) }, 0),
                text(row.settings.map { Double($0.sampling.steps) }, 0),
                row.name == Self.drawn ? "–" : text(row.psnr, 2),
                row.settings == nil ? "–" : text(bicubic.map { row.psnr - $0 }, 2),
                text(row.gradientShare, 0, 100), text(row.seam, 1, 100),
                text(row.seamBeyondMotion, 1, 100), text(row.secondsPerFrame, 3),
            ]
        }
        let table = Markdown.table(
            [
                "way", "noise level", "steps", "PSNR, dB", "over bicubic, dB",
                "gradient energy, % of drawn", "seam, %", "beyond motion, %", "s/frame",
            ], rows)
        return """
            # Enhancement by \(model.escapedForMarkdown)

            \(settings.clips) drawn videos of \(settings.frames) frames, seed \(settings.seed), enhanced from their small \
            form, which went through the model's autoencoder with noise of \(Markdown.exact(settings.latentNoise)) on its \
            latents.

            \(table)

            Seam: how much more changes between the two frames at which chunks are joined in the last step than between \
            frames that no chunks share; beyond motion: over what the drawn video itself changes more there. Through the \
            autoencoder: the drawn large video, encoded and decoded by the enhancer's; no enhancer on these latents is \
            expected to come nearer.

            """
    }
}
