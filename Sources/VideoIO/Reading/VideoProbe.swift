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
                + ["-of", "json", "file:" + path],
            patience: Patience(tools.limits.question))
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

    /// Counts stored frames without decoding them.
    ///
    /// ffprobe prints a line for each, so that it is heard while it reads a large file.
    ///
    /// - Throws: `VideoIOError.notAVideo` if there is none that can be read.
    func countPackets(_ path: String) async throws(VideoIOError) -> Int {
        let patience = Patience(tools.limits.stream)
        var status = stat()
        stat(path, &status)
        let limit = Int(status.st_size) + 1000  // a packet has a byte at least
        let (count, answer) = try await Program(tools.ffprobe).stream(
            ["-v", "error"] + Self.inputGuards + ["-select_streams", "v:0"]
                + ["-show_entries", "packet=pts,dts,size,pos,flags", "-of", "csv=p=0"]
                + ["file:" + path], patience: patience, from: 0
        ) { count, text in
            patience.progress()
            count += text.count { $0 == UInt8(ascii: "\n") }
            guard count <= limit else {
                throw Program.Babble(description: "it finds more frames than \(path) has bytes")
            }
        }
        guard answer.succeeded || count > 0 else {
            throw .notAVideo(path: path, detail: answer.log)
        }
        return count
    }

    /// Counts the frames that a player would show, by decoding all of them.
    ///
    /// A broken end may have packets of which no picture can be made.
    func countDecodable(_ path: String) async throws(VideoIOError) -> Int {
        let passthrough = try await inspect(path).passthrough
        let patience = Patience(tools.limits.stream)
        let (report, _) = try await Program(tools.ffmpeg).stream(
            ["-hide_banner", "-nostdin", "-loglevel", "error"] + Self.inputGuards
                + ["-i", "file:" + path, "-map", "0:v:0"] + passthrough
                + ["-f", "null", "-progress", "pipe:1", "-"],
            patience: patience, from: ProgressReport()
        ) { report, text in
            let before = report.frames
            try report.read(text)
            if report.frames != before { patience.progress() }
        }
        return report.frames
    }

    /// What ffmpeg says with `-progress`: lines such as `frame=120`, again and again.
    struct ProgressReport: Sendable {
        private(set) var frames = 0
        private var line: [UInt8] = []

        mutating func read(_ text: some Sequence<UInt8>) throws(Program.Babble) {
            for byte in text {
                guard byte == UInt8(ascii: "\n") else {
                    line.append(byte)
                    if line.count > 1000 {
                        throw Program.Babble(description: "it tells no progress")
                    }
                    continue
                }
                let words = String(decoding: line, as: UTF8.self).split(separator: "=")
                if words.count == 2, words[0] == "frame", let count = Int(words[1]) {
                    frames = count
                }
                line = []
            }
        }
    }

    /// The number of frames that a file claims; `nil` if no video can have it.
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
