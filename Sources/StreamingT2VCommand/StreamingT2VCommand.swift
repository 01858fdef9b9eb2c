import ArgumentParser
import Foundation
import Foundations
import StreamingT2V
import Torch

/// The command line: one subcommand per file.
@main
struct StreamingT2VCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "streamingt2v",
        abstract: "Turns a text prompt into a long video.",
        discussion: """
            Exit codes: 0 done, 64 bad option, 65 damaged model or data, 66 model or file not found, 69 ffmpeg, \
            device or network missing, 71 out of memory, 73 output cannot be made, 74 disk full or write error, 75 stopped \
            by --on-drift stop, 70 other, 130 interrupted.
            """,
        version: "streamingt2v \(streamingT2VVersion), LibTorch \(Runtime.version)",
        subcommands: [
            GenerateCommand.self, EnhanceCommand.self, ContactSheetCommand.self,
            TrainCommand.self, DatasetCommand.self, StudyCommand.self, EvaluateCommand.self,
            InspectCommand.self, ConvertCommand.self, DownloadCommand.self,
            SynthesizeCommand.self, BenchmarkCommand.self,
        ])

    /// Runs a command as `AsyncParsableCommand` does, but ends by way of ``Terminal``.
    static func main() async {
        do {
            var command = try await asyncParseAsRoot()
            if var work = command as? any AsyncParsableCommand {
                try await work.run()
            } else {
                try command.run()
            }
        } catch {
            end(error)
        }
    }

    /// Ends the process with the parser's help, or its message about an argument and the usage.
    private static func end(_ error: any Error) -> Never {
        let code = exitCode(for: error)
        let lines = lines(of: error)
        if code == .success {
            try? Terminal.print(lines)
        } else {
            lines.forEach(Terminal.message)
        }
        Foundation.exit(code.rawValue)
    }

    /// The parser's text; an argument that it repeats stays in one line.
    private static func lines(of error: any Error) -> [String] {
        let text = fullMessage(for: error)
        guard !text.isEmpty else { return [] }
        let message = "Error: " + message(for: error)
        guard CommandLine.arguments.contains(where: { $0.holds("\n") }),
            text.utf8.starts(with: message.utf8)
        else { return text.split(at: "\n", omittingEmpty: false) }
        let rest = String(text.unicodeScalars.dropFirst(message.unicodeScalars.count))
        return [message] + rest.split(at: "\n")
    }
}
