import Subprocess

/// Decodes one file with ffmpeg while frames are pulled from it; stops when it is dropped.
final class Decoder: Sendable {
    private let channel = FrameChannel()
    private let path: String
    private let task: Task<Void, Never>

    init(reader: VideoReader, source: VideoReader.FileSource) {
        path = reader.path
        let (channel, info) = (channel, reader.info)
        let filter =
            "scale=\(info.width):\(info.height):flags=bicubic+accurate_rnd+full_chroma_int"
        let arguments =
            ["-hide_banner", "-nostdin", "-loglevel", "error"] + VideoProbe.inputGuards
            + ["-i", "file:" + source.target, "-map", "0:v:0", "-vf", filter]
            + source.probe.passthrough + ["-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1"]
        task = Task {
            let configuration = await Program(source.tools.ffmpeg).configuration(arguments)
            let ending = await Self.decode(
                configuration, reader: reader, source: source, into: channel)
            await channel.end(ending)
        }
    }

    deinit { stop() }

    func next() async throws(VideoIOError) -> RGBFrame? {
        // The result travels outside the handler, whose errors have no type.
        let channel = channel
        let result = await withTaskCancellationHandler {
            do throws(VideoIOError) {
                return Result<RGBFrame?, VideoIOError>.success(try await channel.next())
            } catch {
                return .failure(error)
            }
        } onCancel: {
            stop()
        }
        return try result.get()
    }

    private func stop() {
        task.cancel()
        let (channel, path) = (channel, path)
        Task { await channel.abandon(.cancelled(path: path)) }
    }

    private static func decode(
        _ configuration: Configuration, reader: VideoReader, source: VideoReader.FileSource,
        into channel: FrameChannel
    ) async -> Result<Void, VideoIOError> {
        let patience = Patience(source.tools.limits.stream)
        do {
            let (frames, isWhole, log) = try await patience.supervise {
                let result = try await run(
                    configuration, input: .none, output: .sequence, error: .sequence
                ) { execution in
                    async let log = LogTail.collect(execution.standardError)
                    let counts = try await cut(
                        execution.standardOutput, reader: reader, source: source,
                        patience: patience, into: channel)
                    return (counts, await log)
                }
                try Task.checkCancellation()
                let ((frames, remainder), log) = result.closureResult
                let isWhole = result.terminationStatus.isSuccess && remainder == 0 && log.isEmpty
                return (frames, isWhole, log)
            }
            if isWhole && frames > 0 || reader.toleratesDamage && frames > 0 {
                return .success(())
            }
            return .failure(
                frames == 0
                    ? .notAVideo(path: reader.path, detail: log)
                    : .damaged(path: reader.path, framesRead: frames, detail: log))
        } catch let error as VideoIOError {
            return .failure(error)
        } catch {
            if let limit = patience.exhausted {
                return .failure(
                    .toolFailed(
                        tool: source.tools.ffmpeg,
                        reason: "it sent nothing of \(reader.path) for "
                            + "\(Program.seconds(limit)) and was ended"))
            }
            return .failure(
                Task.isCancelled || error is CancellationError
                    ? .cancelled(path: reader.path)
                    : .toolFailed(tool: source.tools.ffmpeg, reason: "\(error)"))
        }
    }

    /// Cuts what ffmpeg sends into frames; only while it is waited for must it be quick.
    ///
    /// - Returns: the number of frames, and of bytes after the last of them.
    private static func cut(
        _ output: SubprocessOutputSequence, reader: VideoReader, source: VideoReader.FileSource,
        patience: Patience, into channel: FrameChannel
    ) async throws -> (frames: Int, remainder: Int) {
        let (width, height) = (reader.info.width, reader.info.height)
        let frameSize = width * height * 3
        var bound = FrameBound(reader: reader, source: source)
        var pixels: [UInt8] = []
        var frames = 0
        patience.begin()
        for try await part in output {
            patience.end()
            var offset = 0
            while offset < part.count {
                if pixels.isEmpty { pixels.reserveCapacity(frameSize) }
                let end = min(part.count, offset + frameSize - pixels.count)
                part.withUnsafeBytes {
                    pixels.append(
                        contentsOf: UnsafeRawBufferPointer(rebasing: $0[offset..<end]))
                }
                offset = end
                guard pixels.count == frameSize else { continue }
                try await bound.check(frames + 1)
                let frame = RGBFrame(width: width, height: height, pixels: pixels)
                pixels = []
                guard await channel.send(frame) else { throw CancellationError() }
                frames += 1
            }
            patience.begin()
        }
        return (frames, pixels.count)
    }
}
