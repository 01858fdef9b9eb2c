import ArgumentParser
import Evaluation
import Foundation
import Foundations
import StreamingT2V

/// Options of the studies that generate videos of a set of prompts.
struct StudyOptions: ParsableArguments {
    @Option(help: "Prompts: journeys, paper, or a file (a prompt per line, or a JSON array).")
    var prompts = "journeys"

    @Option(help: "Seed of the first video and of the intervals; the next video has the next seed.")
    var seed: UInt64 = 1

    @Flag(help: "Cut prompts that are too long for the model.")
    var truncatePrompt = false

    @Option(
        help: """
            Weights of torchvision's raft_large for the flow; if left out, flow is OpenCV's dense inverse \
            search.
            """)
    var flowWeights: String?

    @Option(help: "Folder for the videos; none are kept if left out.")
    var keep: String?

    @OptionGroup var weights: DistilledOption

    @OptionGroup var model: ModelOptions

    @OptionGroup var pieces: PieceOptions

    /// What a study made, and the prompts that it used.
    struct Outcome {
        let videos: [StudyVideo]
        let prompts: String
    }

    /// Makes and measures the videos; those that the folder's `videos.jsonl` has are not made again.
    func run(count: Int?, lengths: [Int], report: URL?) async throws -> Outcome {
        try model.start()
        let set = try PromptSet(named: prompts)
        let tasks = try StudyTask.tasks(set, count: count, lengths: lengths, seed: seed)
        let lock = try report.map { folder in
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            return try lockFolder(folder)
        }
        defer { lock?.release() }
        var study = try VideoStudy(
            model: try weights.apply(to: pieces.folder(model)), device: try model.parsedDevice(),
            dtype: try model.parsedType(), truncatesPrompts: truncatePrompt,
            flowWeights: flowWeights.map { URL(fileURLWithPath: $0) },
            journal: report?.appendingPathComponent(ReportFolder.journalName),
            keep: keep.map { URL(fileURLWithPath: $0) })
        let monitor = StudyMonitor()
        let videos = try await study.run(tasks) { monitor.show($0) }
        return Outcome(videos: videos, prompts: set.name)
    }

    /// JSON that people can read; `isCompact` is for long lists of numbers.
    static func json(_ value: some Encodable, isCompact: Bool = false) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if !isCompact { encoder.outputFormatting.insert(.prettyPrinted) }
        return try encoder.encode(value) + Data("\n".utf8)
    }
}
