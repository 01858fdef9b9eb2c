import ArgumentParser
import Checkpoints
import Foundation
import Foundations

/// `streamingt2v convert`: any checkpoint as safetensors.
struct ConvertCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Makes safetensors of a checkpoint.",
        discussion: """
            Reads what inspect reads: safetensors, and what torch.save wrote (.pt, .pth, .ckpt, .bin); nothing in a file \
            is executed. The output is one file under the usual name, diffusion_pytorch_model.safetensors or \
            model.safetensors, or shards with an index where that would be too large. Old names of an autoencoder's \
            attention become today's; all others stay. The output appears when all of it is there, and memory does not \
            grow with the checkpoint.
            """)

    @Argument(help: "A weight file, an index, or a folder with one.")
    var input: String

    @Option(name: .shortAndLong, help: "The folder for the output; made if it is missing.")
    var output: String

    @Option(help: "The type of all floating-point numbers; each keeps its own if left out.")
    var dtype: FloatingPointType?

    @Option(help: "The most bytes of tensors in one file, such as 500MB or 2GiB.")
    var shardSize = ByteCount(bytes: CheckpointConversion.defaultShardByteCount)

    @Flag(help: "Replace a checkpoint of the same name.")
    var overwrite = false

    @Flag(help: "Print a summary as JSON on standard output.")
    var json = false

    func run() async throws {
        try await reportingFailure {
            let conversion = CheckpointConversion(
                of: try openCheckpoint(URL(fileURLWithPath: input)), type: dtype?.storedType,
                shardByteCount: shardSize.bytes)
            let folder = URL(fileURLWithPath: output)
            let work = Task { [overwrite] in
                let monitor = ByteMonitor(total: conversion.inputByteCount)
                let report = try conversion.write(to: folder, overwrites: overwrite) {
                    monitor.show($0)
                }
                monitor.end(report.line)
                return report
            }
            let watcher = InterruptWatcher { work.cancel() }
            let report = try await work.value
            withExtendedLifetime(watcher) {}
            for name in report.nonFinite {
                Terminal.message(
                    "warning: \(name.oneLine) holds NaN or infinity, as it does in the input")
            }
            if json {
                try Terminal.printJSON(report)
            } else {
                try Terminal.print([report.output])
            }
        }
    }
}

/// A type that weights can be stored in.
enum FloatingPointType: String, CaseIterable, ExpressibleByArgument {
    case float32
    case float16
    case bfloat16

    var storedType: StoredType {
        switch self {
        case .float32: .float32
        case .float16: .float16
        case .bfloat16: .bfloat16
        }
    }
}

/// A number of bytes on the command line: `5GB`, `500MB`, `2GiB`, `1000`.
struct ByteCount: ExpressibleByArgument {
    let bytes: Int

    private static let units = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("kB", 1000), ("KB", 1000),
        ("MB", 1_000_000), ("GB", 1_000_000_000), ("B", 1), ("", 1),
    ]

    init(bytes: Int) {
        self.bytes = bytes
    }

    init?(argument: String) {
        guard let (suffix, factor) = Self.units.first(where: { argument.hasSuffix($0.0) }),
            let number = Double(argument.dropLast(suffix.count)), number.isFinite,
            case let bytes = (number * Double(factor)).rounded(), bytes >= 1, bytes < 0x1p62
        else { return nil }
        self.bytes = Int(bytes)
    }

    var defaultValueDescription: String {
        let unit = Self.units.first { $0.1 == 1_000_000_000 }
        return unit.map { "\(bytes / $0.1)\($0.0)" } ?? "\(bytes)"
    }
}

extension ConversionReport {
    /// What was done, in one line.
    fileprivate var line: String {
        let shards = files.count - 1
        return "\(tensors) tensors, \(converted) in another type, "
            + "\(renamed) under a new name: "
            + "\(Terminal.amount(inputBytes, "B")) became \(Terminal.amount(outputBytes, "B"))"
            + (shards > 0 ? " in \(shards) files" : "")
    }
}
