import Foundation
import TestSupport
import Testing
import VideoIO

@Suite struct OutputChecksTests {
    private func open(
        _ path: String, width: Int = 16, height: Int = 16, rate: FrameRate = 8,
        overwrite: Bool = false
    ) async throws -> any VideoWriter {
        try await VideoOutput.open(
            path: path, width: width, height: height, framesPerSecond: rate, overwrite: overwrite)
    }

    @Test func refusesAnUnknownExtension() async throws {
        let folder = try Scratch()
        let error = await videoError { _ = try await open(folder.path("clip.avi")) }
        let message = try #require(error).description
        #expect(message.contains(".mp4, .webm, .gif") && message.contains("clip.avi"))
        #expect(folder.content == [])
    }

    @Test func refusesAMissingParent() async throws {
        let folder = try Scratch()
        let path = folder.path("none/clip.mp4")
        let error = await videoError { _ = try await open(path) }
        guard case .folderMissing(let missing, path) = error else {
            Issue.record("unexpected: \(String(describing: error))")
            return
        }
        #expect(missing.hasSuffix("/none"))
    }

    /// Nobody may create files in /sys, not even root.
    @Test func refusesAFolderThatCannotBeWritten() async throws {
        for path in ["/sys/clip.mp4", "/sys/frames/"] {
            let error = await videoError { _ = try await open(path) }
            guard case .folderNotWritable(let folder, _) = error else {
                Issue.record("unexpected: \(String(describing: error))")
                return
            }
            #expect(folder == "/sys")
        }
    }

    @Test func refusesToReplaceUnlessAllowed() async throws {
        let folder = try Scratch()
        let path = folder.path("clip.mp4")
        try await TestVideo.write(path, count: 3, width: 16, height: 16)
        #expect(await videoError { _ = try await open(path) } == .outputExists(path: path))
        #expect(try await TestVideo.read(path).count == 3)

        let writer = try await open(path, overwrite: true)
        for index in 0..<5 {
            try await writer.append(TestVideo.frame(index, width: 16, height: 16))
        }
        try await writer.finish()
        #expect(try await TestVideo.read(path).count == 5)
    }

    @Test func replacesOnlyFramesInAFolder() async throws {
        let folder = try Scratch()
        let path = folder.path("frames")
        try await TestVideo.write(path, count: 4, width: 16, height: 16)
        #expect(FileManager.default.createFile(atPath: path + "/notes.txt", contents: nil))
        #expect(await videoError { _ = try await open(path) } == .outputExists(path: path))
        let writer = try await open(path, overwrite: true)
        try await writer.append(TestVideo.frame(9, width: 16, height: 16))
        try await writer.finish()
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: path).sorted()
                == ["frame-000000.png", "notes.txt"])
    }

    @Test func refusesASecondWriter() async throws {
        let folder = try Scratch()
        for name in ["clip.mp4", "frames"] {
            let path = folder.path(name)
            let first = try await open(path)
            #expect(
                await videoError { _ = try await open(path, overwrite: true) }
                    == .outputBusy(path: path))
            // The same file under another name.
            let detour =
                "\(folder.folder.path)/../\((folder.folder.path as NSString).lastPathComponent)/\(name)"
            #expect(
                await videoError { _ = try await open(detour, overwrite: true) }
                    == .outputBusy(path: detour))
            try await first.append(TestVideo.frame(0, width: 16, height: 16))
            try await first.finish()
            let second = try await open(path, overwrite: true)
            try await second.append(TestVideo.frame(0, width: 16, height: 16))
            try await second.finish()
        }
        #expect(folder.content == ["clip.mp4", "frames"])
    }

    @Test func aLockLeftByACrashBlocksNobody() async throws {
        let folder = try Scratch()
        let path = folder.path("clip.gif")
        let lock = folder.path(".clip.gif.st2v-lock")
        #expect(FileManager.default.createFile(atPath: lock, contents: nil))
        try await TestVideo.write(path, count: 2, width: 16, height: 16)
        #expect(folder.content == ["clip.gif"])
    }

    /// A user's own file stays as it is, whatever its name.
    @Test(arguments: ["clip.gif.lock", ".clip.gif.st2v-lock"])
    func leavesForeignFilesAlone(name: String) async throws {
        let folder = try Scratch()
        let path = folder.path("clip.gif")
        let file = folder.path(name)
        try Data("my notes".utf8).write(to: URL(fileURLWithPath: file))
        let error = await videoError {
            try await TestVideo.write(path, count: 2, width: 16, height: 16)
        }
        #expect(error == (name.hasPrefix(".") ? .lockForeign(path: path, lock: file) : nil))
        #expect(FileManager.default.contents(atPath: file) == Data("my notes".utf8))
    }

    @Test func refusesSpecialFilesWithoutOpeningThem() async throws {
        let folder = try Scratch()
        let pipe = folder.path("pipe.mp4")
        try #require(mkfifo(pipe, 0o600) == 0)
        #expect(
            await videoError { _ = try await open(pipe, overwrite: true) }
                == .outputNotRegular(path: pipe, kind: "named pipe"))
        #expect(
            await videoError { _ = try await VideoReader.open(pipe) }
                == .inputNotRegular(path: pipe, kind: "named pipe"))
        #expect(
            await videoError { _ = try await VideoReader.open("/dev/zero") }
                == .inputNotRegular(path: "/dev/zero", kind: "device"))
        try await TestVideo.write(folder.path("frames/"), count: 2, width: 16, height: 16)
        let frame = folder.path("frames/frame-000001.png")
        try #require(unlink(frame) == 0 && mkfifo(frame, 0o600) == 0)
        let error = await videoError { _ = try await TestVideo.read(folder.path("frames")) }
        guard case .damaged(_, 1, let detail) = error else {
            Issue.record("unexpected: \(String(describing: error))")
            return
        }
        #expect(detail.contains("named pipe"))
    }

    @Test func refusesFilesForFoldersAndFoldersForFiles() async throws {
        let folder = try Scratch()
        let file = folder.path("file")
        #expect(FileManager.default.createFile(atPath: file, contents: nil))
        #expect(
            await videoError { _ = try await open(file, overwrite: true) }
                == .outputWrongKind(path: file, isFolder: false))
        let movie = folder.path("movie.mp4")
        try FileManager.default.createDirectory(atPath: movie, withIntermediateDirectories: false)
        #expect(
            await videoError { _ = try await open(movie, overwrite: true) }
                == .outputWrongKind(path: movie, isFolder: true))
    }

    @Test func refusesImpossibleNumbers() async throws {
        let folder = try Scratch()
        let path = folder.path("clip.gif")
        #expect(
            await videoError { _ = try await open(path, width: 0) }
                == .invalidSize(width: 0, height: 16, limit: VideoOutput.maximumSide))
        for rate in [FrameRate(0), FrameRate(-8), FrameRate(60), FrameRate(8, per: 0)] {
            let error = await videoError { _ = try await open(path, rate: rate) }
            guard case .invalidFrameRate(rate, _) = error else {
                Issue.record("unexpected: \(String(describing: error))")
                return
            }
        }
        #expect(folder.content == [])
    }

    @Test func saysHowToInstallFFmpeg() async throws {
        let missing = await videoError {
            _ = try FFmpegTools.find(environment: ["PATH": "/nonexistent"])
        }
        #expect(try #require(missing).description.contains("apt-get install ffmpeg"))
        let wrong = await videoError {
            _ = try FFmpegTools.find(environment: ["PATH": "/usr/bin", "ST2V_FFMPEG": "/no/ffmpeg"])
        }
        #expect(
            wrong == .toolNotFound(name: "ffmpeg", variable: "ST2V_FFMPEG", value: "/no/ffmpeg"))
    }

    @Test func noticesMissingFFmpegBeforeWork() async throws {
        await #expect(processExitsWith: .success) {
            setenv("ST2V_FFMPEG", "/nowhere/ffmpeg", 1)
            let name = "videoio-\(UUID().uuidString).mp4"
            let path = NSTemporaryDirectory() + "/" + name
            let lock = NSTemporaryDirectory() + "/.\(name).st2v-lock"
            let error = await videoError {
                _ = try await VideoOutput.open(
                    path: path, width: 16, height: 16, framesPerSecond: 8)
            }
            guard case .toolNotFound("ffmpeg", _, "/nowhere/ffmpeg") = error else { exit(1) }
            guard !FileManager.default.fileExists(atPath: lock) else { exit(2) }
            exit(0)
        }
    }

    @Test func noticesAnFFmpegWithoutTheEncoder() async throws {
        let folder = try Scratch()
        let poor = folder.path("ffmpeg")
        // A real program that knows no encoder.
        try FileManager.default.copyItem(atPath: "/bin/true", toPath: poor)
        let path = folder.path("clip.mp4")
        let error = await videoError {
            _ = try await VideoOutput.open(
                path: path, width: 16, height: 16, framesPerSecond: 8,
                tools: FFmpegTools(ffmpeg: poor, ffprobe: poor))
        }
        #expect(error == .encoderMissing(encoder: "libx264", tool: poor, path: path))
    }
}
