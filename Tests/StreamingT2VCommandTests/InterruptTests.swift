import Foundation
import TestSupport
import Testing
import VideoIO

/// Ctrl-C, a second run onto the same output, a full disk: what is finished is kept.
@Suite struct InterruptTests {
    /// An endless run that has written something.
    private func endless(_ output: String, _ file: String) async throws -> CommandLineTool.Running {
        let model = try await TinyModel.shared
        let running = try CommandLineTool.start(model.generate(output, ["--endless"]))
        let hasBegun = try await wait {
            let size = try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int
            return (size ?? 0) > 0 && running.catchesInterrupts
        }
        try #require(hasBegun, "\(running.errors)")
        return running
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP], ["x.mp4", "frames/"])
    func keepsWhatIsFinished(signal: Int32, name: String) async throws {
        let folder = try Scratch()
        let output = "\(folder.folder.path)/\(name)"
        let isFolder = name.hasSuffix("/")
        let running = try await endless(
            output, isFolder ? output + "frame-000015.png" : output)
        running.send(signal)
        let result = await running.result()
        #expect(result.status == 130 && !result.wasKilled && result.output == "")
        let base = isFolder ? String(output.dropLast()) : output
        let manifest = try manifest(base)
        let written = try #require(manifest["frames_written"] as? Int)
        #expect(manifest["outcome"] as? String == "interrupted")
        #expect((manifest["settings"] as? [String: Any])?["frames_requested"] == nil)
        #expect(written >= 16 && written % 8 == 0)  // whole chunks
        #expect(try await frames(of: base).count == written)
        #expect(result.errorLines.last?.hasPrefix("\(written) frames in ") == true)
        let last = (base as NSString).lastPathComponent
        #expect(folder.content == [last, last + ".json"])  // no lock
    }

    /// A run that is stopped before its first frame leaves nothing.
    @Test func leavesNothingBeforeTheFirstFrame() async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        for name in ["x.mp4", "frames/"] {
            let running = try CommandLineTool.start(
                model.generate("\(folder.folder.path)/\(name)", ["--endless", "--steps", "1000"]))
            let isReady = try await wait { running.catchesInterrupts }
            try #require(isReady)
            running.send(SIGINT)
            let result = await running.result()
            #expect(result.status == 130 && !result.wasKilled, "\(result.errors)")
            #expect(folder.content == [])
        }
    }

    @Test func twoRunsCannotWriteOneOutput() async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        let output = folder.path("x.mp4")
        let running = try await endless(output, output)
        try await expectFailure(
            73, "another process", running: model.generate(output, ["--overwrite"]))
        try await expectFailure(73, running: model.generate(output))
        running.send(SIGINT)
        let result = await running.result()
        let written = try #require(try manifest(output)["frames_written"] as? Int)
        #expect(result.status == 130)
        #expect(try await frames(of: output).count == written)
    }

    /// A full disk ends the run with its own exit code; the frames that fitted are whole.
    @Test(
        .enabled(if: SmallDisk.isAvailable, "mounting a small disk needs root"),
        arguments: [("frames/", 32), ("x.mp4", 20)])
    func tellsThatTheDiskIsFull(name: String, kibibytes: Int) async throws {
        let model = try await TinyModel.shared
        let disk = try SmallDisk(kibibytes: kibibytes)
        let output = "\(disk.path)/\(name)"
        try await expectFailure(
            74, "the disk is full", "safe",
            running: model.generate(output, ["--endless", "--steps", "1"]))
        let content = try FileManager.default.contentsOfDirectory(atPath: disk.path)
        #expect(!content.contains { $0.hasSuffix("lock") })
        if name == "frames/" {
            let whole = try await frames(of: output)
            #expect(whole.count >= 2 && whole.count < 16)
        }
    }
}
