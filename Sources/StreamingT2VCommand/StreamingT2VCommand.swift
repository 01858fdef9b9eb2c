import ArgumentParser
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
}
