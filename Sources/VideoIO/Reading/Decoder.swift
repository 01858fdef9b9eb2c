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
        let configuration = Program(source.tools.ffmpeg).configuration(arguments)
        task = Task {
            let ending = await Self.decode(configuration, reader: reader, into: channel)
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
        _ configuration: Configuration, reader: VideoReader, into channel: FrameChannel
    ) async -> Result<Void, VideoIOError> {
        let (width, height) = (reader.info.width, reader.info.height)
        let frameSize = width * height * 3
        do {
            let result = try await run(
                configuration, input: .none, output: .sequence, error: .sequence
            ) { execution -> (frames: Int, rest: Int, log: String) in
                async let log = LogTail.collect(execution.standardError)
                var pixels: [UInt8] = []
                var frames = 0
                for try await part in execution.standardOutput {
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
                        let frame = RGBFrame(width: width, height: height, pixels: pixels)
                        pixels = []
                        guard await channel.send(frame) else { throw CancellationError() }
                        frames += 1
                    }
                }
                return (frames, pixels.count, await log)
            }
            let (frames, rest, log) = result.closureResult
            let isWhole = result.terminationStatus.isSuccess && rest == 0 && log.isEmpty
            if isWhole && frames > 0 || reader.toleratesDamage && frames > 0 {
                return .success(())
            }
            return .failure(
                frames == 0
                    ? .notAVideo(path: reader.path, detail: log)
                    : .damaged(path: reader.path, framesRead: frames, detail: log))
        } catch is CancellationError {
            return .failure(.cancelled(path: reader.path))
        } catch {
            return .failure(
                Task.isCancelled
                    ? .cancelled(path: reader.path)
                    : .toolFailed(tool: "ffmpeg", reason: "\(error)"))
        }
    }
}
