import Foundation
import TestSupport
import Testing
import VideoIO

@Suite struct WriterTests {
    private func open(_ path: String, overwrite: Bool = false) async throws -> any VideoWriter {
        try await VideoOutput.open(
            path: path, width: 96, height: 64, framesPerSecond: 8, overwrite: overwrite)
    }

    @Test func neverMixesFramesOfConcurrentCallers() async throws {
        let folder = try Scratch()
        let path = folder.path("many.mp4")
        let writer = try await VideoOutput.open(
            path: path, width: 256, height: 256, framesPerSecond: 8)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<16 {
                group.addTask {
                    try await writer.append(
                        TestVideo.uniform(UInt8(20 + index * 12), width: 256, height: 256))
                }
            }
            try await group.waitForAll()
        }
        try await writer.finish()
        let frames = try await TestVideo.read(path)
        #expect(frames.count == 16)
        for frame in frames {
            let (low, high) = (frame.pixels.min() ?? 0, frame.pixels.max() ?? 255)
            #expect(high - low <= 8)
        }
    }

    @Test func aCancelledCallerLeavesAWholeFile() async throws {
        let folder = try Scratch()
        let path = folder.path("cancelled.mp4")
        let writer = try await open(path)
        let job = Task {
            for index in 0..<10_000 where !Task.isCancelled {
                try await writer.append(TestVideo.frame(index))
            }
        }
        try await Task.sleep(for: .milliseconds(400))
        job.cancel()
        try await job.value
        let finishing = Task { try await writer.finish() }
        finishing.cancel()
        try await finishing.value
        let written = await writer.framesWritten
        #expect(written > 0)
        #expect(try await TestVideo.read(path).count == written)
    }

    @Test func aDroppedWriterClosesItsFile() async throws {
        let folder = try Scratch()
        let path = folder.path("dropped.mp4")
        do {
            let writer = try await open(path)
            for index in 0..<20 { try await writer.append(TestVideo.frame(index)) }
        }
        for _ in 0..<100 where folder.content != ["dropped.mp4"] {
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(folder.content == ["dropped.mp4"])
        #expect(try await TestVideo.read(path).count == 20)
    }

    @Test func ffmpegHearsNoCtrlC() async throws {
        let folder = try Scratch()
        let path = folder.path("session.mp4")
        let writer = try await open(path)
        try await writer.append(TestVideo.frame(0))
        var processes = Processes.using(path)
        // On a busy machine the program may take a moment to replace the process that starts it.
        for _ in 0..<100 where processes.isEmpty {
            try await Task.sleep(for: .milliseconds(50))
            processes = Processes.using(path)
        }
        let id = try #require(processes.first)
        #expect(getsid(id) == id && getpgid(id) == id && getsid(0) != id)
        try await writer.finish()
        #expect(Processes.using(path).isEmpty)
    }

    @Test func killedFFmpegIsReportedAndTheFileStillPlays() async throws {
        let folder = try Scratch()
        let path = folder.path("killed.mp4")
        let writer = try await open(path)
        for index in 0..<80 { try await writer.append(TestVideo.frame(index)) }
        // The encoder works behind the pipe; wait until it has caught up.
        var size: UInt64 = 0
        for _ in 0..<40 {
            try await Task.sleep(for: .milliseconds(100))
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            let now = (attributes[.size] as? UInt64) ?? 0
            if now == size, now > 0 { break }
            size = now
        }
        for id in Processes.using(path) { kill(id, SIGKILL) }
        let error = await videoError {
            for index in 80..<200 { try await writer.append(TestVideo.frame(index)) }
        }
        guard case .encoderStopped(_, let written, let safe?, let status, _) = error else {
            Issue.record("unexpected: \(String(describing: error))")
            return
        }
        #expect(written >= 80 && safe >= 64 && safe <= written)
        #expect(status == "signal 9")
        #expect(await videoError { try await writer.append(TestVideo.frame(0)) } == error)
        #expect(await videoError { try await writer.finish() } == error)
        #expect(folder.content == ["killed.mp4"])
        let frames = try await TestVideo.read(path, toleratesDamage: true)
        #expect(frames.count >= 64)  // at most a second and what was in the pipe is lost
        #expect(TestVideo.psnr(frames[63], TestVideo.frame(63)) > 30)
    }

    @Test func refusesAFrameOfAnotherSizeAndGoesOn() async throws {
        let folder = try Scratch()
        for name in ["sizes.mp4", "sizes/"] {
            let writer = try await open(folder.path(name))
            try await writer.append(TestVideo.frame(0))
            let error = await videoError {
                try await writer.append(TestVideo.frame(1, width: 64, height: 96))
            }
            #expect(
                error
                    == .frameSizeMismatch(
                        path: folder.path(name), expected: [96, 64], actual: [64, 96]))
            try await writer.append(TestVideo.frame(1))
            try await writer.finish()
            try await writer.finish()
            #expect(
                await videoError { try await writer.append(TestVideo.frame(2)) }
                    == .alreadyFinished(path: folder.path(name)))
            #expect(try await TestVideo.read(folder.path(name)).count == 2)
        }
    }

    @Test func withoutFramesThereIsNoFile() async throws {
        let folder = try Scratch()
        for name in ["empty.mp4", "empty/"] {
            let writer = try await open(folder.path(name))
            #expect(
                await videoError { try await writer.finish() }
                    == .noFrames(path: folder.path(name)))
        }
        #expect(folder.content == [])
    }
}
