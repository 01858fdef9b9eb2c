import Foundation
import Foundations
import TestSupport
import Testing

@testable import VideoIO

/// Programs that hang, babble or lie in ffmpeg's place.
@Suite(.serialized) struct HostileToolTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/fake-ffmpeg").path

    /// The real programs, of which some are replaced.
    private func tools(
        ffmpeg: String? = nil, ffprobe: String? = nil, quiet: Duration = .seconds(4)
    ) throws -> FFmpegTools {
        let real = try FFmpegTools.find(environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"])
        var tools = FFmpegTools(
            ffmpeg: ffmpeg.map { "\(Self.folder)/\($0)" } ?? real.ffmpeg,
            ffprobe: ffprobe.map { "\(Self.folder)/\($0)" } ?? real.ffprobe)
        tools.limits = PatienceLimits(stream: quiet)
        // Only what hangs meets this limit; the real programs may be slow on a busy machine.
        tools.limits.question = .seconds(30)
        return tools
    }

    private func failure(_ path: String, _ tools: FFmpegTools) async -> VideoIOError? {
        await videoError {
            let writer = try await VideoOutput.open(
                path: path, width: 96, height: 64, framesPerSecond: 8, tools: tools)
            for index in 0..<20 { try await writer.append(TestVideo.frame(index)) }
            try await writer.finish()
        }
    }

    private static let hung =
        "it has taken no data and written nothing for 4 s and was ended"

    /// The word of an encoder is not enough; what is in the file is told, and no empty one stays.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("exit-at-once", "exit status 0", 0, false),
            ("read-write-nothing", "exit status 0, but 0 frames are in the file", 0, false),
            ("lose-frames", "exit status 0, but 10 frames are in the file", 10, true),
            ("write-garbage", "exit status 0, but the file is no video", 0, true),
            ("fail-with-escapes", "exit status 1", 0, false),
            ("sleep-encoder", hung, 0, false), ("sleep-at-end", hung, 20, true),
        ])
    func encoder(name: String, status: String, safe: Int, leavesFile: Bool) async throws {
        let folder = try Scratch()
        let path = folder.path("x.mp4")
        let error = await failure(path, try tools(ffmpeg: name))
        guard case .encoderStopped(path, let written, safe, let found, _)? = error else {
            Issue.record("unexpected: \(String(describing: error))")
            return
        }
        // The pipe may break before or after all frames are in it.
        #expect(found.hasPrefix(status) && written <= 20 && written >= safe)
        #expect(folder.content == (leavesFile ? ["x.mp4"] : []))
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["mp4", "webm", "gif"])
    func aStoppedEncoderIsEndedAndItsFramesAreCounted(kind: String) async throws {
        let folder = try Scratch()
        let path = folder.path("x.\(kind)")
        let writer = try await VideoOutput.open(
            path: path, width: 96, height: 64, framesPerSecond: 8, tools: try tools())
        for index in 0..<40 { try await writer.append(TestVideo.frame(index)) }
        for id in Processes.using(path) { kill(id, SIGSTOP) }
        let error = await videoError {
            for index in 40..<120 { try await writer.append(TestVideo.frame(index)) }
        }
        guard case .encoderStopped(path, _, let safe?, Self.hung, _)? = error else {
            Issue.record("unexpected: \(String(describing: error))")
            return
        }
        let readable = (try? await TestVideo.read(path, toleratesDamage: true).count) ?? 0
        #expect(readable == safe)
        #expect(Processes.using(path).isEmpty)
    }

    /// Who cancels does not wait as long as somebody who wants the video.
    @Test(.timeLimit(.minutes(1))) func aCancelledCallerWaitsSeconds() async throws {
        let folder = try Scratch()
        let path = folder.path("x.mp4")
        var tools = try tools(ffmpeg: "sleep-encoder", quiet: .seconds(3600))
        tools.limits.ending = .milliseconds(500)
        let job = Task { [tools] in await failure(path, tools) }
        while FileKind(path: path) != .file { try await Task.sleep(for: .milliseconds(20)) }
        job.cancel()
        guard case .encoderStopped(_, _, 0, _, _)? = await job.value else {
            Issue.record("the encoder was not ended")
            return
        }
        #expect(folder.content == [])
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("sleep-decoder", "it sent nothing of"),
            ("endless-decoder", "than the 20 that are in it"),
        ])
    func decoder(name: String, reason: String) async throws {
        let folder = try Scratch()
        let path = folder.path("x.mp4")
        try await TestVideo.write(path, count: 20)
        let tools = try tools(ffmpeg: name)
        let error = await videoError {
            for try await _ in try await VideoReader.open(path, tools: tools) {}
        }
        guard case .toolFailed(tools.ffmpeg, let found)? = error else {
            Issue.record("unexpected: \(String(describing: error))")
            return
        }
        #expect(found.contains(reason))
    }

    /// A reader that takes its time is no decoder that hangs.
    @Test func aSlowReaderIsPatientlyServed() async throws {
        let folder = try Scratch()
        let path = folder.path("x.mp4")
        try await TestVideo.write(path, count: 12, width: 512, height: 512)
        let tools = try tools(quiet: .seconds(2))
        var count = 0
        for try await _ in try await VideoReader.open(path, tools: tools) {
            count += 1
            if count == 2 { try await Task.sleep(for: .seconds(4)) }
        }
        #expect(count == 12)
    }

    @Test(.timeLimit(.minutes(1))) func questionsHaveADeadline() async throws {
        let folder = try Scratch()
        let path = folder.path("x.mp4")
        try await TestVideo.write(path, count: 2)
        var silent = try tools(ffmpeg: "sleep-always", ffprobe: "sleep-always")
        silent.limits.question = .seconds(1)
        let quiet = "it gave no answer for 1 s"
        #expect(
            await videoError { _ = try await VideoReader.open(path, tools: silent) }
                == .toolFailed(tool: silent.ffprobe, reason: quiet))
        #expect(
            await failure(folder.path("y.mp4"), silent)
                == .toolFailed(tool: silent.ffmpeg, reason: quiet))
        let babbler = try tools(ffmpeg: "endless-answer")
        #expect(
            await failure(folder.path("y.mp4"), babbler)
                == .toolFailed(
                    tool: babbler.ffmpeg, reason: "its answer is longer than 1048576 bytes"))
        let counter = try tools(ffprobe: "endless-packets")
        let error = await videoError {
            _ = try await VideoReader.open(path, tools: counter).countFrames()
        }
        guard case .toolFailed(counter.ffprobe, let reason)? = error else {
            Issue.record("unexpected: \(String(describing: error))")
            return
        }
        #expect(reason.contains("more frames than"))
        #expect(folder.content == ["x.mp4"])
    }

    @Test func theTimeoutIsANumberOfSeconds() throws {
        var environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "ST2V_FFMPEG_TIMEOUT": "2.5"]
        let tools = try FFmpegTools.find(environment: environment)
        #expect(tools.limits.stream == .seconds(2.5) && tools.limits.question == .seconds(2.5))
        environment["ST2V_FFMPEG_TIMEOUT"] = "600"
        let patient = try FFmpegTools.find(environment: environment)
        #expect(patient.limits.stream == .seconds(600) && patient.limits.question == .seconds(30))
        for text in ["0", "-1", "nan", "inf", "1e9", "soon"] {
            environment["ST2V_FFMPEG_TIMEOUT"] = text
            #expect(
                throws: VideoIOError.invalidTimeout(variable: "ST2V_FFMPEG_TIMEOUT", value: text)
            ) {
                _ = try FFmpegTools.find(environment: environment)
            }
        }
    }

    /// Killed in the middle of a frame: ffmpeg keeps every frame that was whole.
    @Test(.timeLimit(.minutes(2))) func aKilledProcessLosesNoWholeFrame() async throws {
        // In the process that is killed, the same names follow from its parent.
        let name = NSTemporaryDirectory() + "videoio-kill-\(getpid())"
        defer { for file in [name + ".mp4", name + ".count"] { unlink(file) } }
        await #expect(processExitsWith: .signal(SIGKILL)) {
            let name = NSTemporaryDirectory() + "videoio-kill-\(getppid())"
            let writer = try await VideoOutput.open(
                path: name + ".mp4", width: 512, height: 512, framesPerSecond: 8)
            Thread.detachNewThread {
                while (FileManager.default.contents(atPath: name + ".mp4")?.count ?? 0) < 1 << 20 {
                    usleep(1000)
                }
                kill(getpid(), SIGKILL)
            }
            let frames = (0..<8).map { TestVideo.noise($0, width: 512, height: 512) }
            for index in 0..<10_000 {
                try await writer.append(frames[index % 8])
                try Data("\(index + 1)".utf8).write(to: URL(fileURLWithPath: name + ".count"))
            }
        }
        let path = URL(fileURLWithPath: name + ".mp4").resolvingSymlinksInPath().path
        for _ in 0..<1200 where !Processes.using(path).isEmpty {
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(Processes.using(path).isEmpty)
        let written = Int(try String(contentsOfFile: name + ".count", encoding: .utf8)) ?? 0
        let count = try await TestVideo.read(path).count  // undamaged
        #expect(written > 8 && count >= written && count <= written + 1)
        // The lock of the dead process does not count.
        let next = try await VideoOutput.open(
            path: path, width: 16, height: 16, framesPerSecond: 8, overwrite: true)
        _ = await videoError { try await next.finish() }
    }

    /// A file that appears after the check and before the first frame is nobody's to replace.
    @Test func aFileThatAppearsMeanwhileStays() async throws {
        let folder = try Scratch()
        let path = folder.path("x.mp4")
        let writer = try await VideoOutput.open(
            path: path, width: 96, height: 64, framesPerSecond: 8)
        try Data().write(to: URL(fileURLWithPath: path))
        let error = await videoError { try await writer.append(TestVideo.frame(0)) }
        #expect(error == .outputExists(path: path))
        #expect(folder.content == ["x.mp4"])
    }

    @Test func framesAreWrittenThroughNoLink() async throws {
        let folder = try Scratch()
        let frames = folder.path("frames")
        let victim = folder.path("victim")
        try Data("precious".utf8).write(to: URL(fileURLWithPath: victim))
        try FileManager.default.createDirectory(atPath: frames, withIntermediateDirectories: false)
        for name in ["frame-000000.png.part", "frame-000001.png"] {
            try FileManager.default.createSymbolicLink(
                atPath: "\(frames)/\(name)", withDestinationPath: victim)
        }
        let leftover = "\(frames)/.writing-3w5e11264sgsf.tmp"
        let foreign = "\(frames)/.writing-notes.png"
        for file in [leftover, foreign] { try Data().write(to: URL(fileURLWithPath: file)) }
        let writer = try await VideoOutput.open(
            path: frames, width: 96, height: 64, framesPerSecond: 8, overwrite: true)
        for index in 0..<2 { try await writer.append(TestVideo.frame(index)) }
        try await writer.finish()
        #expect(FileManager.default.contents(atPath: victim) == Data("precious".utf8))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: frames).sorted() == [
                (foreign as NSString).lastPathComponent, "frame-000000.png",
                "frame-000000.png.part", "frame-000001.png",
            ])
        #expect(try await TestVideo.read(frames) == (0..<2).map { TestVideo.frame($0) })
    }
}
