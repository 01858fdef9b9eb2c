import ArgumentParser
import Foundations
import Evaluation
import Foundation
import StreamingT2V

extension StudyCommand {
    /// `streamingt2v study length`: what becomes of quality, cost and memory.
    struct LengthCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "length",
            abstract: "Measures how quality, cost and memory change with the length of videos.",
            discussion: """
                A study that was stopped goes on when the same command is given again.
                """)

        @Option(help: "Frames of the videos, separated by commas.")
        var lengths = "240,1200,2400"

        @Option(help: "How many of the prompts, at each length.")
        var count = 4

        @Option(
            help: "Folder for report.md, report.json, curves.json, curves.svg and videos.jsonl.")
        var report: String

        @Flag(help: "Print the report as JSON on standard output.")
        var json = false

        @OptionGroup var options: StudyOptions

        func run() async throws {
            try await reportingFailure {
                let folder = try ReportFolder(
                    study: report,
                    for: ["report.json", "report.md", "curves.json", "curves.svg"])
                let outcome = try await options.run(
                    count: count, lengths: try parsedLengths(), report: folder.url)
                let result = LengthReport(
                    outcome.videos, prompts: outcome.prompts, seed: options.seed)
                let curves = LengthCurves(outcome.videos)
                let data = try StudyOptions.json(result)
                for (name, content) in [
                    ("report.json", data), ("report.md", Data(result.markdown.utf8)),
                    ("curves.json", try StudyOptions.json(curves, isCompact: true)),
                    ("curves.svg", Data(LengthChart(curves).svg.utf8)),
                ] {
                    try folder.write(content, name)
                }
                if json {
                    try Terminal.output(data)
                } else {
                    try Terminal.print(markdown: result.markdown)
                }
            }
        }

        private func parsedLengths() throws -> [Int] {
            let found = lengths.split(separator: ",").map {
                Int($0.trimmingCharacters(in: .whitespaces)) ?? 0
            }
            let limit = GenerationRequest.frameLimit
            guard !found.isEmpty, found.allSatisfy({ (1...limit).contains($0) }) else {
                throw InvalidField(
                    "lengths",
                    "must be numbers from 1 to \(limit), separated by commas, not \(lengths)")
            }
            return Set(found).sorted()
        }
    }
}
