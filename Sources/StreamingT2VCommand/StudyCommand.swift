import ArgumentParser
import Evaluation
import Foundation
import Foundations
import StreamingT2V
import Torch
import VideoIO

/// `streamingt2v study`: measurements that are repeated by one command.
struct StudyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "study", abstract: "Measures a model by a fixed protocol.",
        subcommands: [
            TableOneCommand.self, LengthCommand.self, JourneysCommand.self,
            EnhancementCommand.self,
        ])

    /// `streamingt2v study journeys`.
    struct JourneysCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "journeys",
            abstract: "Generates prompts of the drawn world and compares with the truth.")

        @Option(help: "Prompts of 16 frames.")
        var short = 64

        @Option(help: "Prompts of 240 frames.")
        var long = 16

        @Option(help: "Prompts of 1200 frames.")
        var veryLong = 4

        @Option(help: "Seed of prompts and videos.")
        var seed: UInt64 = 1

        @Option(help: "Folder for report.json and contact sheets.")
        var report: String?

        @Flag(help: "Replace an existing report.")
        var overwrite = false

        @Flag(help: "Print the report as JSON on standard output.")
        var json = false

        @OptionGroup var weights: DistilledOption

        @OptionGroup var options: ModelOptions

        func run() async throws {
            try await reportingFailure { try await study() }
        }

        private static func pictureName(_ frames: Int) -> String { "frames-\(frames).png" }

        private func study() async throws {
            for (field, count) in [("short", short), ("long", long), ("very_long", veryLong)] {
                try InvalidField.require(field, count, in: 0...10_000)
            }
            let frameCounts = [16, 240, 1200]
            let pictures = frameCounts.map(Self.pictureName)
            let reportFolder = try report.map {
                try ReportFolder($0, for: ["report.json"] + pictures, overwrite: overwrite)
            }
            try options.start()
            let folder = try weights.apply(to: options.folder())
            let classifier = try FactorClassifier.trained { share in
                Terminal.progress(
                    "\(Terminal.bar(share))  training the factor classifier (once)",
                    isFinal: share == 1)
            }
            let study = JourneysStudy(
                model: folder, classifier: classifier, seed: seed,
                lengths: zip(frameCounts, [short, long, veryLong]).map {
                    .init(frames: $0, prompts: $1)
                })
            var sheets: [Int: [RGBFrame]] = [:]
            var current = 16
            let result = try await study.run { length, prompt, frames in
                current = length.frames
                let isLast = prompt == length.prompts - 1 && frames == length.frames
                let done = Double(prompt * length.frames + frames)
                Terminal.progress(
                    "\(Terminal.bar(done / Double(length.prompts * length.frames)))  "
                        + "\(length.frames) frames: prompt \(prompt + 1)/\(length.prompts)",
                    isFinal: isLast)
            } keep: { _, frames in
                if sheets[current, default: []].count < 8 * 16 {
                    sheets[current, default: []] += frames
                }
            }
            let encoder = JSONEncoder()
            encoder.keyEncodingStrategy = .convertToSnakeCase
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            let data = try encoder.encode(result) + Data("\n".utf8)
            if let reportFolder {
                try reportFolder.write(data, "report.json")
                for (length, frames) in sheets {
                    let sheet = ContactSheet.make(frames: frames, columns: 16, scale: 1)
                    try reportFolder.write(Data(PNG.encode(sheet)), Self.pictureName(length))
                }
            }
            if json {
                try Terminal.output(data)
            } else {
                try Terminal.print(result.table)
            }
        }
    }
}

extension JourneysReport {
    /// The report as a table for the terminal.
    var table: [String] {
        func percent(_ value: Double) -> String { Terminal.number(100 * value, decimals: 0) }
        func row(_ name: String, _ accuracy: FactorAccuracy) -> [String] {
            let numbers = [
                accuracy.subject, accuracy.colour, accuracy.background, accuracy.time,
                accuracy.direction,
            ].map { percent($0) + " %" }
            return [name] + numbers + ["\(accuracy.videos)"]
        }
        var lines = [
            "autoencoder \(Terminal.number(autoencoderPSNR, decimals: 2)) dB, \(steps) steps per chunk, "
                + "scroll speed read to \(Terminal.number(scrollSpeedError, decimals: 2)) px/frame",
            "drawn clips after encoding and decoding: scroll the right way "
                + "\(percent(autoencoderMotion.rightDirection)) %, "
                + "speed error \(percent(autoencoderMotion.speedError)) %",
        ]
        var rows = [
            ["factors", "subject", "colour", "backgr.", "time", "direction", "videos"],
            row("drawn", classifier),
        ]
        for length in lengths {
            rows.append(row("\(length.frames) first", length.first))
            rows.append(row("  held out", length.firstHeldOut))
            if length.frames > 16 { rows.append(row("\(length.frames) last", length.last)) }
        }
        lines += Columns.aligned(rows, numbers: Set(1...6))
        for length in lengths {
            lines.append(
                "\(length.frames) frames: \(Terminal.number(length.cutsPer240, decimals: 2)) cuts per 240, "
                    + "scrolls the right way \(percent(length.motion.rightDirection)) %, "
                    + "speed error \(percent(length.motion.speedError)) %, "
                    + "still moving \(percent(length.motion.stillMoving)) %, "
                    + "\(Terminal.number(length.framesPerSecond)) frames/s")
        }
        return lines
    }
}
