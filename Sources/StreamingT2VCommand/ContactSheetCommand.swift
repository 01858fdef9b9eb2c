import ArgumentParser
import Foundation
import Foundations
import VideoIO

/// `streamingt2v contact-sheet`: a grid of frames to look at.
struct ContactSheetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contact-sheet", abstract: "Draws evenly spaced frames of a video as one PNG.")

    @Argument(help: "A video file, or a folder of PNG frames.")
    var video: String

    @Option(help: "Number of frames.")
    var frames = 32

    @Option(help: "Frames per row.")
    var columns = 8

    @Option(name: .shortAndLong, help: "The PNG; beside the video if left out.")
    var output: String?

    @Flag(help: "Replace an existing output.")
    var overwrite = false

    func run() async throws {
        try await reportingFailure {
            try InvalidField.require("frames", frames, in: 1...4096)
            try InvalidField.require("columns", columns, in: 1...256)
            let path = output ?? (video as NSString).deletingPathExtension + "-sheet.png"
            try requirePlace(for: path, overwrite: overwrite)
            let sheet = try await ContactSheet.make(
                video: video, frameCount: frames, columns: columns)
            try AtomicFile.save(Data(PNG.encode(sheet)), to: URL(fileURLWithPath: path))
            try Terminal.print([path])
        }
    }
}
