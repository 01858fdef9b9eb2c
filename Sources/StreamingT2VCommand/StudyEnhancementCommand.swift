import ArgumentParser
import Evaluation
import Foundation
import Foundations
import StreamingT2V
import VideoIO

extension StudyCommand {
    /// `streamingt2v study enhancement`: what the enhancer and its blending policies do.
    struct EnhancementCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "enhancement",
            abstract: "Measures the enhancer and every way to join its chunks, on drawn videos.")

        @Option(help: "Number of videos.")
        var clips = 8

        @Option(help: "Frames of each video.")
        var frames = 240

        @Option(help: "Seed of the drawn scenes and of the first enhancement.")
        var seed: UInt64 = 1

        @Option(help: "Deviation of the noise on the small videos' latents, whose own is about 1.")
        var latentNoise = 0.1

        @Option(help: "How much is made anew, up to 1000, in all ways but one.")
        var noiseLevel: Int?

        @Option(help: "Evaluations of the network per chunk.")
        var steps: Int?

        @Option(help: "How much stronger edges get in the finished pictures.")
        var sharpening: Double?

        @Option(
            help: "Only this way to join chunks (\(Self.seamNames)); may be given more than once.")
        var blending: [String] = []

        @Option(help: "Folder for report.md, report.json, frames.png and slices.png.")
        var report: String?

        @Flag(help: "Replace an existing report.")
        var overwrite = false

        @Flag(help: "Print the report as JSON on standard output.")
        var json = false

        @OptionGroup var options: ModelOptions

        func run() async throws {
            try await reportingFailure { try await study() }
        }

        private func study() async throws {
            try InvalidField.require("clips", clips, in: 1...1000)
            try InvalidField.require("frames", frames, in: 2...100_000)
            try InvalidField.require("latent_noise", latentNoise, in: 0...10)
            let seams = try blending.compactMap {
                try choice($0, "blending", EnhancementDefaults.Seam.self)
            }
            let reportFolder = try report.map {
                try ReportFolder($0, for: Self.reportNames, overwrite: overwrite)
            }
            try options.start()
            let folder = try options.folder()
            try folder.requireEnhancer()
            let defaults = try folder.enhancementDefaults()
            var settings = EnhancementStudy.Settings()
            settings.clips = clips
            settings.frames = frames
            settings.seed = seed
            settings.latentNoise = latentNoise
            let study = try EnhancementStudy(
                model: folder, settings: settings, variants: variants(defaults, seams))
            let start = ContinuousClock.now
            var pictures: [(name: String, frames: [RGBFrame])] = []
            let result = try await study.run { request in
                request.changes.noiseLevel = noiseLevel
                request.changes.steps = steps
                request.changes.sharpening = sharpening
            } progress: { share, name in
                let seconds = (ContinuousClock.now - start) / .seconds(1)
                let left = Terminal.duration(seconds * (1 / max(share, 1e-9) - 1))
                Terminal.progress(
                    "\(Terminal.bar(share))  \(name)  \(left) left", isFinal: share == 1)
            } keep: { name, frames in
                pictures.append((name, frames))
            }
            let data = try StudyOptions.json(result)
            if let reportFolder {
                let drawing = EnhancementPictures(pictures)
                let contents = [
                    data, Data(result.markdown.utf8), Data(PNG.encode(drawing.frames)),
                    Data(PNG.encode(drawing.slices)),
                ]
                for (name, content) in zip(Self.reportNames, contents) {
                    try reportFolder.write(content, name)
                }
            }
            if json {
                try Terminal.output(data)
            } else {
                try Terminal.print(markdown: result.markdown)
            }
        }

        private static let reportNames = [
            "report.json", "report.md", "frames.png", "slices.png",
        ]

        private static let seamNames = EnhancementDefaults.Seam.allCases.map(\.rawValue)
            .joined(separator: ", ")

        private func variants(
            _ defaults: EnhancementDefaults, _ chosen: [EnhancementDefaults.Seam]
        ) -> [EnhancementStudy.Variant] {
            guard chosen.isEmpty else { return chosen.map { .seam($0) } }
            let steps = steps ?? defaults.steps
            return EnhancementDefaults.Seam.allCases.map { .seam($0) }
                + Set([steps / 2, steps - 1]).filter { $0 > 0 }.sorted().map { .lowDelay($0) }
                + [.releaseNoise(steps: 8)]
        }
    }
}
