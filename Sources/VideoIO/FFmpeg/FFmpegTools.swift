import Foundation
import Foundations

/// The programs ffmpeg and ffprobe on this machine.
public struct FFmpegTools: Sendable, Hashable {
    /// Path of the program that encodes and decodes.
    public let ffmpeg: String
    /// Path of the program that reads a file's properties.
    public let ffprobe: String
    /// How long they may be quiet.
    package var limits = PatienceLimits()

    /// Uses two programs that are known already.
    public init(ffmpeg: String, ffprobe: String) {
        self.ffmpeg = ffmpeg
        self.ffprobe = ffprobe
    }

    /// Finds both programs.
    ///
    /// `ST2V_FFMPEG` and `ST2V_FFPROBE` name them; otherwise ffprobe is looked for beside a named
    /// ffmpeg, and both are looked for in `PATH`. `ST2V_FFMPEG_TIMEOUT` is how many seconds they
    /// may be quiet before they are ended; 60 unless it is set.
    ///
    /// - Parameter environment: variables to look at; those of this process if `nil`.
    /// - Throws: `VideoIOError.toolNotFound` or `.invalidTimeout`.
    public static func find(
        environment: [String: String]? = nil
    ) throws(VideoIOError) -> FFmpegTools {
        let environment = environment ?? ProcessInfo.processInfo.environment
        let ffmpeg = try find("ffmpeg", variable: "ST2V_FFMPEG", environment: environment)
        var withSibling = environment
        let sibling = (ffmpeg as NSString).deletingLastPathComponent + "/ffprobe"
        if environment["ST2V_FFPROBE", default: ""].isEmpty, isProgram(sibling) {
            withSibling["ST2V_FFPROBE"] = sibling
        }
        let ffprobe = try find("ffprobe", variable: "ST2V_FFPROBE", environment: withSibling)
        var tools = FFmpegTools(ffmpeg: ffmpeg, ffprobe: ffprobe)
        if let text = environment["ST2V_FFMPEG_TIMEOUT"], !text.isEmpty {
            guard let seconds = Double(text), (0.1...86_400).contains(seconds) else {
                throw .invalidTimeout(variable: "ST2V_FFMPEG_TIMEOUT", value: text)
            }
            tools.limits = PatienceLimits(stream: .seconds(seconds))
        }
        return tools
    }

    private static func find(
        _ name: String, variable: String, environment: [String: String]
    ) throws(VideoIOError) -> String {
        let folders = environment["PATH", default: ""].split(at: ":")
        let named = environment[variable].flatMap { $0.isEmpty ? nil : $0 }
        let wanted = named ?? name
        let candidates = wanted.holds("/") ? [wanted] : folders.map { "\($0)/\(wanted)" }
        guard let program = candidates.first(where: isProgram) else {
            throw .toolNotFound(name: name, variable: variable, value: named)
        }
        return program
    }

    private static func isProgram(_ path: String) -> Bool {
        FileKind(path: path) == .file && access(path, X_OK) == 0
    }

    /// Makes sure that this ffmpeg can encode what the output needs.
    func requireEncoder(_ encoder: String, for path: String) async throws(VideoIOError) {
        let answer = try await Program(ffmpeg).collect(
            ["-hide_banner", "-encoders"], patience: Patience(limits.question))
        guard answer.succeeded else {
            throw .toolFailed(tool: ffmpeg, reason: "\(answer.status) \(answer.log)")
        }
        let names = answer.output.split(whereSeparator: \.isNewline).compactMap {
            $0.split(separator: " ", maxSplits: 2).dropFirst().first
        }
        guard names.contains(where: { $0 == encoder }) else {
            throw .encoderMissing(encoder: encoder, tool: ffmpeg, path: path)
        }
    }
}
