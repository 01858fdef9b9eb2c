import Foundation
import TestSupport
import Testing

/// Runs that are stopped or killed while ffmpeg hangs.
@Suite struct HostileProgramTests {
    private static let fakes = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/fake-ffmpeg").path

    /// The processes that a run started and that are still there.
    private func children(_ mark: String) -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap(pid_t.init).filter { id in
            let data = FileManager.default.contents(atPath: "/proc/\(id)/environ") ?? Data()
            let words = String(decoding: data, as: UTF8.self).split(separator: "\0")
            return words.contains("ST2V_TEST=\(mark)")
        }
    }

    /// An endless run that waits for an encoder that never reads.
    private func blocked(
        _ folder: Scratch, mark: String
    ) async throws -> CommandLineTool.Running {
        let model = try await TinyModel.shared
        let running = try CommandLineTool.start(
            model.generate(folder.path("x.mp4"), ["--endless", "--steps", "1"]),
            environment: [
                "ST2V_FFMPEG": "\(Self.fakes)/sleep-encoder", "ST2V_TEST": mark,
                "ST2V_FFMPEG_TIMEOUT": "3600",
            ])
        let isThere = try await wait {
            children(mark).count == 2 && running.catchesInterrupts
        }
        try #require(isThere, "\(running.errors)")
        try await Task.sleep(for: .seconds(1))  // the pipe takes 21 frames
        return running
    }

    @Test func theFirstSignalActsWhileFFmpegHangs() async throws {
        let folder = try Scratch()
        let running = try await blocked(folder, mark: "first-\(getpid())")
        let start = ContinuousClock.now
        running.send(SIGTERM)
        let result = await running.result()
        #expect(result.status == 74 && !result.wasKilled, "\(result.errors)")
        #expect(ContinuousClock.now - start < .seconds(40))  // 5 are meant; machines are busy
        #expect(result.errorLines.last?.contains("no frame is safe") == true)
        #expect(children("first-\(getpid())").isEmpty)
        #expect(folder.content.filter { $0.hasPrefix(".") || $0 == "x.mp4" } == [])
    }

    @Test(arguments: [(SIGTERM, SIGTERM), (SIGINT, SIGTERM), (SIGHUP, SIGINT)])
    func theSecondSignalEndsAtOnce(first: Int32, second: Int32) async throws {
        let folder = try Scratch()
        let mark = "second-\(getpid())-\(first)"
        let running = try await blocked(folder, mark: mark)
        running.send(first)
        try await Task.sleep(for: .milliseconds(600))
        running.send(second)
        let result = await running.result()
        #expect(result.wasKilled && result.status == second)
        let areGone = try await wait { children(mark).isEmpty }
        #expect(areGone)
    }

    @Test func sigquitEndsAtOnce() async throws {
        let folder = try Scratch()
        let running = try await blocked(folder, mark: "quit-\(getpid())")
        running.send(SIGQUIT)
        let result = await running.result()
        #expect(result.wasKilled && result.status == SIGQUIT)
    }

    /// The kernel ends what would not notice that its parent is dead.
    @Test(
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv"),
            "needs setpriv of util-linux"))
    func aKilledRunLeavesNoChild() async throws {
        let folder = try Scratch()
        let mark = "killed-\(getpid())"
        let running = try await blocked(folder, mark: mark)
        running.send(SIGKILL)
        #expect(await running.result().wasKilled)
        let areGone = try await wait { children(mark).isEmpty }
        #expect(areGone)
    }
}
