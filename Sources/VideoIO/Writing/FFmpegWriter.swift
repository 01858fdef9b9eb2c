import Foundation
import Foundations

/// Writes a video file through the ffmpeg program.
///
/// ffmpeg starts with the first frame, so a run that fails before it leaves an old file alone. An
/// MP4 is fragmented and a WebM is cut in clusters of a second: a file that breaks off plays up to
/// its last second. Memory stays bounded however long the video gets. An ffmpeg that hangs is
/// ended, and the frames in the file are counted before they are called safe.
public actor FFmpegWriter: VideoWriter {
    /// Where the video goes, as it was named by the caller.
    public nonisolated let path: String
    /// How many frames ffmpeg has taken completely.
    public private(set) var framesWritten = 0

    private let target: String
    private let overwrite: Bool
    private let arguments: [String]
    private let width: Int
    private let height: Int
    private let tools: FFmpegTools
    private let lock: FileLock
    private let patience: Patience
    private var file: FreshFile?
    private var process: EncodingProcess?
    private var failure: VideoIOError?
    private var isFinished = false
    private var lastJob: Task<VideoIOError?, Never>?

    init(
        path: String, target: String, format: OutputFormat, width: Int, height: Int,
        rate: FrameRate, overwrite: Bool, tools: FFmpegTools, lock: FileLock
    ) {
        self.path = path
        self.target = target
        self.width = width
        self.height = height
        self.tools = tools
        self.lock = lock
        self.overwrite = overwrite
        patience = Patience(tools.limits.stream) { FreshFile.changeMark(target) }
        // discardcorrupt: half a frame, the last words of a killed process, must not cost the
        // frames before it.
        arguments =
            ["-hide_banner", "-nostdin", "-loglevel", "error", "-xerror", "-y"]
            + [
                "-fflags", "+discardcorrupt", "-f", "rawvideo", "-pixel_format", "rgb24",
                "-video_size", "\(width)x\(height)",
            ]
            + ["-framerate", "\(rate)", "-i", "pipe:0", "-an"]
            + format.encodingArguments(width: width, height: height, rate: rate)
            + ["file:" + target]
    }

    /// Adds one frame; see ``VideoWriter/append(_:)``.
    public func append(_ frame: RGBFrame) async throws(VideoIOError) {
        try await enqueue { await $0.write(frame) }
    }

    /// Closes the file and checks that ffmpeg ended well; see ``VideoWriter/finish()``.
    public func finish() async throws(VideoIOError) {
        try await enqueue { await $0.close() }
    }

    deinit {
        guard let process, !isFinished else { return }
        let lock = self.lock
        Task {
            _ = await process.finish()
            lock.release()
        }
    }

    /// Runs one job after all earlier ones, in a task that the caller's cancellation cannot reach:
    /// half a frame in the pipe would shift every later one.
    private func enqueue(
        _ job: @escaping @Sendable (isolated FFmpegWriter) async -> VideoIOError?
    ) async throws(VideoIOError) {
        let earlier = lastJob
        let task = Task {
            _ = await earlier?.value
            return await job(self)
        }
        lastJob = task
        // A user who wants the end waits no longer than this for an ffmpeg that does nothing.
        let result = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            patience.shorten(to: tools.limits.ending)
        }
        if let error = result { throw error }
    }

    private func write(_ frame: RGBFrame) async -> VideoIOError? {
        if let failure { return failure }
        if isFinished { return .alreadyFinished(path: path) }
        guard frame.width == width, frame.height == height else {
            return .frameSizeMismatch(
                path: path, expected: [width, height], actual: [frame.width, frame.height])
        }
        do throws(VideoIOError) {
            let running: EncodingProcess
            if let process {
                running = process
            } else {
                try makeFile()
                running = try await EncodingProcess.start(
                    Program(tools.ffmpeg), arguments, patience: patience)
                process = running
            }
            guard await running.write(frame.pixels) else {
                return await fail(after: running.finish())
            }
            framesWritten += 1
            return nil
        } catch {
            return settle(error)
        }
    }

    private func close() async -> VideoIOError? {
        if failure != nil || isFinished { return isFinished ? nil : failure }
        guard let process else { return settle(.noFrames(path: path)) }
        var answer = await process.finish()
        guard answer.succeeded else { return await fail(after: answer) }
        // The word of a program is not enough: the file is looked at.
        do throws(VideoIOError) {
            let found = file?.size ?? 0 == 0 ? 0 : try await probe.countPackets(target)
            guard found == framesWritten else {
                answer.status += ", but \(found) frames are in the file"
                return await fail(after: answer)
            }
        } catch .notAVideo(_, let detail) {
            answer.log = detail
            answer.status += ", but the file is no video"
            return await fail(after: answer)
        } catch {
            return settle(error)
        }
        isFinished = true
        lock.release()
        return nil
    }

    private var probe: VideoProbe { VideoProbe(tools: tools) }

    /// Takes the output's name.
    ///
    /// An old file is removed and not emptied: the ffmpeg of a run that was killed may still
    /// complete it.
    private func makeFile() throws(VideoIOError) {
        if overwrite, FileKind(path: target) == .file { unlink(target) }
        do throws(FileWriteError) {
            file = try FreshFile(path: target)
        } catch {
            throw VideoIOError(error, path: path, framesSafe: 0)
        }
        if file == nil { throw .outputExists(path: path) }
    }

    /// Counts what can be played of the file after ffmpeg ended badly.
    private func fail(after answer: Program.Answer) async -> VideoIOError {
        let safe: Int?
        if file?.size ?? 0 == 0 {
            file?.removeIfEmpty()
            safe = 0
        } else {
            safe = await countSafe()
        }
        let folder = (target as NSString).deletingLastPathComponent
        var info = statvfs()
        let isFull = statvfs(folder, &info) == 0 && info.f_blocks > 0 && info.f_bavail == 0
        if isFull || answer.log.contains("No space left on device") {
            return settle(.diskFull(path: path, framesSafe: safe, log: answer.log))
        }
        return settle(
            .encoderStopped(
                path: path, framesWritten: framesWritten, framesSafe: safe, status: answer.status,
                log: answer.log))
    }

    private func countSafe() async -> Int? {
        do throws(VideoIOError) {
            return min(try await probe.countDecodable(target), framesWritten)
        } catch .notAVideo {
            return 0
        } catch {
            return nil  // it cannot be found out, and the message says so
        }
    }

    private func settle(_ error: VideoIOError) -> VideoIOError {
        failure = error
        lock.release()
        return error
    }
}
