import Foundation

/// Asks ffprobe about a file.
struct VideoProbe: Sendable {
    let tools: FFmpegTools

    /// Keeps playlists in untrusted files from opening connections.
    static let inputGuards = ["-protocol_whitelist", "file"]

    struct Result: Sendable {
        let info: VideoInfo
        /// ffmpeg 5.1 renamed the option that stops it from repeating frames.
        let passthrough: [String]
    }

    func inspect(_ path: String) async throws(VideoIOError) -> Result {
        let entries =
            "program_version=version:format=duration"
            + ":stream=width,height,avg_frame_rate,r_frame_rate,nb_frames,duration"
            + ":stream_side_data=rotation:stream_tags=rotate"
        let answer = try await Program(tools.ffprobe).collect(
            ["-v", "error"] + Self.inputGuards
                + ["-select_streams", "v:0", "-show_program_version", "-show_entries", entries]
                + ["-of", "json", "file:" + path])
        guard answer.succeeded else { throw .notAVideo(path: path, detail: answer.log) }
        return try Self.result(
            Data(answer.output.utf8), path: path, tool: tools.ffprobe, log: answer.log)
    }

    /// What ffprobe's report says about the first video stream.
    static func result(
        _ output: Data, path: String, tool: String, log: String
    ) throws(VideoIOError) -> Result {
        let report: Report
        do {
            report = try JSONDecoder().decode(Report.self, from: output)
        } catch {
            throw .toolFailed(tool: tool, reason: "\(error)")
        }
        guard let stream = report.streams?.first, let width = stream.width,
            let height = stream.height, width > 0, height > 0
        else {
            throw .notAVideo(path: path, detail: log)
        }
        guard width.multipliedReportingOverflow(by: height).overflow == false,
            width * height <= VideoReader.maximumPixelCount
        else {
            throw .tooLarge(
                path: path, width: width, height: height, limit: VideoReader.maximumPixelCount)
        }
        let rate = [stream.avg_frame_rate, stream.r_frame_rate]
            .compactMap { $0.flatMap { FrameRate($0) } }.first
        let seconds = [stream.duration, report.format?.duration]
            .compactMap { $0.flatMap(Double.init) }.first { (0...1e9).contains($0) }
        let isTurned = stream.rotation % 180 != 0
        return Result(
            info: VideoInfo(
                width: isTurned ? height : width, height: isTurned ? width : height,
                framesPerSecond: rate,
                frameCount: stream.nb_frames.flatMap(Int.init).flatMap(Self.plausible),
                duration: seconds),
            passthrough: Self.passthrough(version: report.program_version?.version ?? ""))
    }

    /// Counts stored frames without decoding them; `nil` if the file cannot be read at all.
    func countPackets(_ path: String) async -> Int? {
        let answer = try? await Program(tools.ffprobe).collect(
            ["-v", "error"] + Self.inputGuards + ["-select_streams", "v:0", "-count_packets"]
                + ["-show_entries", "stream=nb_read_packets", "-of", "csv=p=0", "file:" + path])
        return answer.flatMap { Int($0.output.prefix { $0.isNumber }) }.flatMap(Self.plausible)
    }

    /// A number of frames as a file claims it, if a video can have so many.
    private static func plausible(_ frames: Int) -> Int? {
        (0...PNGFolder.numberLimit).contains(frames) ? frames : nil
    }

    static func passthrough(version: String) -> [String] {
        let numbers = version.split(separator: ".").prefix(2).map { part in
            Int(part.drop { !$0.isNumber }.prefix { $0.isNumber }) ?? 0
        }
        let isOld = version.first?.isNumber == true && numbers.lexicographicallyPrecedes([5, 1])
        return isOld ? ["-vsync", "passthrough"] : ["-fps_mode", "passthrough"]
    }

    // swift-format-ignore: AlwaysUseLowerCamelCase
    private struct Report: Decodable {
        struct Version: Decodable { let version: String? }
        struct Format: Decodable { let duration: String? }
        struct SideData: Decodable { let rotation: Int? }
        struct Tags: Decodable { let rotate: String? }
        struct Stream: Decodable {
            let width: Int?
            let height: Int?
            let avg_frame_rate: String?
            let r_frame_rate: String?
            let nb_frames: String?
            let duration: String?
            let side_data_list: [SideData]?
            let tags: Tags?

            /// Degrees by which players turn the picture.
            var rotation: Int {
                side_data_list?.compactMap(\.rotation).first ?? tags?.rotate.flatMap(Int.init) ?? 0
            }
        }
        let program_version: Version?
        let streams: [Stream]?
        let format: Format?
    }
}
