import ArgumentParser
import Foundation
import StreamingT2V

/// `streamingt2v synthesize`: a model with random weights under the published names.
struct SynthesizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "synthesize",
        abstract: "Makes a model of the published sizes with random weights.",
        discussion: """
            For trying how much memory, time and disk the published weights need, before they are downloaded. Its videos \
            show nothing. The weights depend on --seed and each tensor's name only, and go to the disk tensor by tensor.
            """)

    @Argument(help: "The model folder to be made; empty or not there.")
    var output: String

    @Option(help: "Sizes of the networks: released, or tiny for tests.")
    var size = ModelSize.released

    @Option(help: "Type of the weights: float32, float16 or bfloat16.")
    var dtype = FloatingPointType.bfloat16

    @Option(help: "Seed of all weights.")
    var seed: UInt64 = 0

    func run() async throws {
        try await reportingFailure {
            let synthesis = ModelSynthesis(
                size: size.synthesisSize, type: dtype.storedType, seed: seed)
            let folder = URL(fileURLWithPath: output)
            let work = Task {
                let monitor = ByteMonitor(total: synthesis.byteCount)
                try synthesis.write(to: folder) { monitor.show($0) }
                monitor.end(
                    "\(Terminal.amount(synthesis.parameterCounts.values.reduce(0, +))) numbers, "
                        + Terminal.amount(synthesis.byteCount, "B"))
            }
            let watcher = InterruptWatcher { work.cancel() }
            try await work.value
            withExtendedLifetime(watcher) {}
            try Terminal.print([output])
        }
    }
}

/// Sizes that a model can be made in.
enum ModelSize: String, CaseIterable, ExpressibleByArgument {
    case released
    case tiny

    var synthesisSize: ModelSynthesis.Size {
        switch self {
        case .released: .released
        case .tiny: .tiny
        }
    }
}
