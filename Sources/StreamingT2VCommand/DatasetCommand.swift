import ArgumentParser
import Foundation
import Foundations
import Journeys

/// `streamingt2v dataset`: the drawn world as files.
struct DatasetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dataset", abstract: "The procedural world that the embedded model learns.",
        subcommands: [Render.self])

    /// `streamingt2v dataset render`.
    struct Render: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "render",
            abstract: "Draws clips as PNG frames, with captions and truth in captions.jsonl.")

        @Option(help: "Number of clips.")
        var count: Int

        @Option(help: "Frames per clip.")
        var frames = 16

        @Option(help: "Side of the frames, in pixels.")
        var size = 64

        @Option(help: "Seed of the scenes.")
        var seed: UInt64 = 0

        @Option(help: "Which scenes: training, heldOut or all.")
        var split = "all"

        @Flag(help: "Vary the wording of the captions.")
        var varyCaptions = false

        @Option(name: [.customLong("out"), .customLong("output")], help: "The folder to make.")
        var output: String

        func run() async throws {
            try await reportingFailure {
                let split = try choice(split, "split", Split.self) ?? .all
                let renderer = try DatasetRenderer(
                    size: size, seed: seed, split: split, variesCaptions: varyCaptions)
                let start = ContinuousClock.now
                try renderer.write(
                    count: count, frames: frames, to: URL(fileURLWithPath: output)
                ) { done in
                    let seconds = (ContinuousClock.now - start) / .seconds(1)
                    let left = seconds / Double(done) * Double(count - done)
                    Terminal.progress(
                        "\(Terminal.bar(Double(done) / Double(count)))  \(done)/\(count) clips  "
                            + "\(Terminal.duration(left)) left", isFinal: done == count)
                }
                try Terminal.print([output])
            }
        }
    }
}
