import Foundation
import Foundations

/// The sound of a video, to be given to another one that was made from its pictures.
///
/// It is added when the pictures are finished, so a run that breaks off has its pictures, and sound never lasts longer
/// than they do. Memory does not depend on the length.
public struct AudioTrack: Sendable {
    /// The video that the sound is taken from.
    public let source: String
    /// The codec that it is stored in there, by ffmpeg's name.
    public let codec: String

    private let target: String  // the source without links
    private let encoder: String?  // `nil` where the stored packets are copied
    private let container: [String]
    private let tools: FFmpegTools

    /// Looks for sound that an output can take.
    ///
    /// - Parameters:
    ///   - source: a video file or a folder of PNG frames.
    ///   - output: the file that will be written; only `.mp4` and `.webm` hold sound.
    ///   - tools: the ffmpeg to use; searched for if `nil` and needed.
    /// - Returns: the first track, or `nil` if there is none or the output cannot hold it.
    /// - Throws: `VideoIOError.encoderMissing` if the sound must be encoded anew and ffmpeg cannot.
    public static func find(
        in source: String, for output: String, tools: FFmpegTools? = nil
    ) async throws(VideoIOError) -> AudioTrack? {
        guard FileKind(path: source) == .file else { return nil }
        let kinds: (copied: Set<String>, encoder: String, container: [String])
        switch try OutputFormat(path: output, isFolder: FileKind(path: output) == .folder) {
        case .mp4:
            kinds = (["aac", "mp3", "ac3"], "aac", ["-movflags", "+faststart", "-f", "mp4"])
        case .webm:
            kinds = (["opus", "vorbis"], "libopus", ["-f", "webm"])
        case .gif, .pngFolder: return nil
        }
        let found: FFmpegTools
        if let tools { found = tools } else { found = try FFmpegTools.find() }
        let target = URL(fileURLWithPath: source).path
        let answer = try await Program(found.ffprobe).collect(
            ["-v", "error"] + VideoProbe.inputGuards + ["-select_streams", "a:0"]
                + ["-show_entries", "stream=codec_name", "-of", "csv=p=0", "file:" + target],
            patience: Patience(found.limits.question))
        guard answer.succeeded else { throw .notAVideo(path: source, detail: answer.log) }
        let codec = answer.output.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        guard !codec.isEmpty else { return nil }
        let isCopied = kinds.copied.contains(String(codec))
        if !isCopied { try await found.requireEncoder(kinds.encoder, for: output) }
        return AudioTrack(
            source: source, codec: String(codec), target: target,
            encoder: isCopied ? nil : kinds.encoder, container: kinds.container, tools: found)
    }

    /// Gives a finished video this sound, cut where its pictures end; they are copied as they are.
    ///
    /// - Parameters:
    ///   - video: a file that ``find(in:for:tools:)`` was asked about, without sound.
    ///   - frames: number of its frames.
    ///   - rate: its frame rate.
    /// - Throws: `VideoIOError.diskFull`, `.writeFailed` or `.toolFailed`, after which the video is as it was.
    public func attach(
        to video: String, frames: Int, rate: FrameRate
    ) async throws(VideoIOError) {
        let path = URL(fileURLWithPath: video).resolvingSymlinksInPath().path
        let lock = try VideoOutput.lock(path, for: video)
        defer { lock.release() }
        let copy: AtomicFile
        do throws(FileWriteError) {
            copy = try AtomicFile(path: path)
        } catch {
            throw VideoIOError(error, path: video, framesSafe: frames)
        }
        let arguments =
            ["-hide_banner", "-nostdin", "-loglevel", "error", "-y"]
            + VideoProbe.inputGuards + ["-i", "file:" + path]
            + VideoProbe.inputGuards + ["-i", "file:" + target]
            + ["-map", "0:v:0", "-map", "1:a:0", "-c:v", "copy", "-c:a", encoder ?? "copy"]
            + ["-t", "\(Double(frames) / rate.value)"] + container + ["file:" + copy.temporaryPath]
        let patience = Patience(tools.limits.stream) { [path = copy.temporaryPath] in
            FreshFile.changeMark(path)
        }
        let answer = try await Program(tools.ffmpeg).collect(arguments, patience: patience)
        guard answer.succeeded else {
            if answer.log.contains("No space left on device") {
                throw .diskFull(path: video, framesSafe: frames, log: answer.log)
            }
            throw .toolFailed(
                tool: tools.ffmpeg,
                reason: "\(video) stays without sound: \(answer.status) \(answer.log)")
        }
        let found = try? await VideoProbe(tools: tools).countPackets(copy.temporaryPath)
        guard found == frames else {
            throw .toolFailed(
                tool: tools.ffmpeg,
                reason: "\(video) stays without sound: the copy has "
                    + "\(found.map(String.init) ?? "no") frames instead of \(frames)")
        }
        do throws(FileWriteError) {
            try copy.commit(synchronizes: false)
        } catch {
            throw VideoIOError(error, path: video, framesSafe: frames)
        }
    }
}
