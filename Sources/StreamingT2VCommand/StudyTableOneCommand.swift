import ArgumentParser
import Evaluation
import Foundation

extension StudyCommand {
    /// `streamingt2v study table1`: the paper's protocol.
    struct TableOneCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "table1",
            abstract: "Measures one video per prompt beside the paper's Table 1.",
            discussion: """
                A study that was stopped goes on when the same command is given again, if it has --report.
                """)

        @Option(help: "How many of the prompts; all if left out.")
        var count: Int?

        @Option(help: "Frames of each video.")
        var frames = 240

        @Option(help: "Folder for report.md, report.json and videos.jsonl.")
        var report: String?

        @Flag(help: "Print the report as JSON on standard output.")
        var json = false

        @OptionGroup var options: StudyOptions

        func run() async throws {
            try await reportingFailure {
                let folder = try report.map {
                    try ReportFolder(study: $0, for: ["report.json", "report.md"])
                }
                let outcome = try await options.run(
                    count: count, lengths: [frames], report: folder?.url)
                let result = TableOneReport(
                    outcome.videos, prompts: outcome.prompts, seed: options.seed)
                let data = try StudyOptions.json(result)
                if let folder {
                    try folder.write(data, "report.json")
                    try folder.write(Data(result.markdown.utf8), "report.md")
                }
                if json {
                    try Terminal.output(data)
                } else {
                    try Terminal.print(markdown: result.markdown)
                }
            }
        }
    }
}
