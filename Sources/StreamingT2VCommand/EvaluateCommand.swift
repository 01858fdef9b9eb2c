import ArgumentParser
import Foundations
import Evaluation
import Foundation
import StreamingT2V
import VideoIO

/// `streamingt2v evaluate`: any video becomes numbers, and two sets of videos differences.
struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measures videos: cuts, flicker, chunk borders, drift, repetition, CLIP score, …",
        discussion: """
            Reads what ffmpeg reads, and folders of PNG frames. docs/evaluation.md has formulas and sources.
            """)

    @Argument(help: "Video files, or folders of PNG frames.")
    var videos: [String] = []

    @OptionGroup var options: EvaluationOptions

    @Option(
        parsing: .upToNextOption,
        help: "Two folders of videos with the same names, or two results of --json.")
    var compare: [String] = []

    @Option(help: "Seed of the intervals of --compare; 1 if left out.")
    var seed: UInt64?

    @Option(help: "Folder for index.html with curves and pictures.")
    var report: String?

    @Flag(help: "Replace an existing index.html.")
    var overwrite = false

    @Flag(help: "Print the result as JSON on standard output.")
    var json = false

    @Option(help: "Threads per operation; one per available processor if omitted.")
    var threads: Int?

    private func checkOptions() throws(InvalidField) {
        guard videos.isEmpty == !compare.isEmpty else {
            throw InvalidField("compare", "A B, or videos: give one of them")
        }
        guard [0, 2].contains(compare.count) else {
            throw InvalidField("compare", "takes two folders or two JSON files")
        }
        guard seed == nil || !compare.isEmpty else {
            throw InvalidField("seed", "belongs to \(field: "compare")")
        }
        guard report == nil || compare.isEmpty else {
            throw InvalidField("report", "cannot be combined with \(field: "compare")")
        }
        guard !overwrite || report != nil else {
            throw InvalidField("overwrite", "belongs to \(field: "report")")
        }
    }

    func run() async throws {
        try await reportingFailure {
            try checkOptions()
            try ModelOptions.start(threads: threads)
            if compare.isEmpty {
                try await evaluate()
            } else {
                try await compareSets()
            }
        }
    }

    private static let pageName = "index.html"

    private func evaluate() async throws {
        let folder = try report.map {
            try ReportFolder($0, for: [Self.pageName], overwrite: overwrite)
        }
        let prepared = try await options.prepare(videos)
        let (results, drawn) = try await Self.measure(prepared, draws: folder != nil)
        if let folder, let drawn {
            try folder.write(Data(drawn.html.utf8), Self.pageName)
        }
        if json {
            try Self.printJSON(EvaluationReport(version: streamingT2VVersion, videos: results))
        } else {
            try Terminal.print(Array(results.map(\.table).joined(separator: [""])))
        }
        if let folder {
            Terminal.message("report: \(folder.url.appendingPathComponent(Self.pageName).path)")
        }
    }

    private func compareSets() async throws {
        var sets: [(name: String, videos: [VideoResult])] = []
        if compare.allSatisfy({ $0.lowercased().hasSuffix(".json") }) {
            guard options.isEmpty else {
                throw InvalidField(
                    "compare", "of JSON files measures nothing; omit the other options")
            }
            for path in compare { sets.append((path, try EvaluationReport(file: path).videos)) }
        } else {
            let paths = try VideoSet.paired(compare[0], compare[1])
            let prepared = try await options.prepare(paths.0 + paths.1)
            let (results, _) = try await Self.measure(prepared, draws: false)
            let count = paths.0.count
            sets = [
                (compare[0], Array(results[..<count])), (compare[1], Array(results[count...])),
            ]
        }
        let comparison = try ResultComparison(sets[0], sets[1], seed: seed ?? 1)
        if json { try Self.printJSON(comparison) } else { try Terminal.print(comparison.table) }
    }

    private static func measure(
        _ prepared: [PreparedVideo], draws: Bool
    ) async throws -> ([VideoResult], ReportPage?) {
        var monitor = EvaluationMonitor(
            videos: prepared.count, frames: prepared.reduce(0) { $0 + $1.frames })
        var page = draws ? ReportPage(version: streamingT2VVersion) : nil
        var results: [VideoResult] = []
        for (index, video) in prepared.enumerated() {
            var recorder = ReportRecorder(frames: video.frames)
            let result = try await video.evaluation.run { frame in
                if draws { recorder.append(frame) }
                monitor.show(video: index)
            }
            page?.append(result, recorder)
            results.append(result)
        }
        monitor.end()
        return (results, page)
    }

    private static func printJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try Terminal.output(encoder.encode(value) + Data("\n".utf8))
    }
}
