import ArgumentParser
import Foundation
import Torch

/// `benchmarks`: times the layers that a denoising step is made of and checks them against stored thresholds.
@main
struct BenchmarksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmarks", abstract: "Times the layers of a denoising step.",
        discussion: """
            Each layer is timed in turns with a reference kernel, and the ratio of their speeds is checked, which depends \
            less on the machine than a time does. A ratio below its threshold in Benchmarks/thresholds.json is a failure. \
            Nothing else should run meanwhile.
            """)

    @Option(help: "Threads per operation; one per processor by default.")
    var threads: Int?

    @Option(help: "Times that each layer and its reference are measured in turns.")
    var rounds = 9

    @Option(help: "Only layers whose name contains this text, in upper or lower case.")
    var filter: String?

    @Flag(help: "Print JSON instead of a table.")
    var json = false

    @Flag(help: "Store new thresholds, 0.6 times what is measured, instead of checking the old.")
    var record = false

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads must be from 1 to 1024, not \(threads)")
        }
        guard rounds > 0 else { throw ValidationError("--rounds must be 1 or more, not \(rounds)") }
    }

    func run() throws {
        let cases = try chosenCases()
        var thresholds = try Thresholds.stored()
        if !record { try thresholds.requireAll(cases.map(\.name)) }
        Runtime.start(threads: threads)

        let table = ResultTable(names: cases.map(\.name))
        if !json { print(table.header) }
        var results: [BenchmarkResult] = []
        for benchmark in cases {
            let comparison = try withInferenceMode {
                try Comparison.measured(benchmark, rounds: rounds)
            }
            if record { thresholds.record(comparison.ratio, for: benchmark.name) }
            let result = BenchmarkResult(
                benchmark.name, comparison, threshold: thresholds[benchmark.name])
            if !json { print(table.row(result)) }
            results.append(result)
        }
        if json { try print(ResultTable.json(results)) }
        if record { try thresholds.store() }
        let slow = results.filter { !$0.isOK }.map(\.name)
        guard slow.isEmpty else { throw BenchmarkError.belowThreshold(slow) }
    }

    private func chosenCases() throws -> [BenchmarkCase] {
        let all = BenchmarkSize.all.flatMap(\.cases)
        guard let filter else { return all }
        let chosen = all.filter { $0.name.localizedCaseInsensitiveContains(filter) }
        guard !chosen.isEmpty else {
            throw BenchmarkError.noCase(filter: filter, names: all.map(\.name))
        }
        return chosen
    }
}
