import Foundation
import Foundations

/// Writes a video file through the ffmpeg program.
///
/// ffmpeg starts with the first frame, so a run that fails before it leaves an old file alone. An
/// MP4 is fragmented and a WebM is cut in clusters of a second: a file that breaks off plays up to
/// its last second. Memory stays bounded however long the video gets.
public actor FFmpegWriter: VideoWriter {
    /// Where the video goes, as it was named by the caller.
    public nonisolated let path: String
    /// How many frames ffmpeg has taken completely.
    public private(set) var framesWritten = 0

    private let target: String
    private let arguments: [String]
    private let width: Int
    private let height: Int
    private let tools: FFmpegTools
    private let lock: FileLock
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
        arguments =
            ["-hide_banner", "-nostdin", "-loglevel", "error", "-xerror", overwrite ? "-y" : "-n"]
            + ["-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", "\(width)x\(height)"]
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
        if let error = await task.value { throw error }
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
                running = try await EncodingProcess.start(Program(tools.ffmpeg), arguments)
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
        let answer = await process.finish()
        guard answer.succeeded else { return await fail(after: answer) }
        isFinished = true
        lock.release()
        return nil
    }

    /// Counts what is really in the file after ffmpeg ended badly.
    private func fail(after answer: Program.Answer) async -> VideoIOError {
        let safe = await VideoProbe(tools: tools).countPackets(target)
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

    private func settle(_ error: VideoIOError) -> VideoIOError {
        failure = error
        lock.release()
        return error
    }
}
