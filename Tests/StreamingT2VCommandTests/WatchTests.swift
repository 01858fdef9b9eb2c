import Foundation
import TestSupport
import Testing

/// `generate --watch` and `--on-drift`.
@Suite struct WatchTests {
    private func manifest(_ output: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(fileURLWithPath: output + ".json"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test func writesFiguresOfEveryChunk() async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        let output = folder.path("a.mp4")
        let result = try await CommandLineTool.run(
            model.generate(output, ["--frames", "32", "--watch"]))
        #expect(result.status == 0, "\(result.errors)")
        let manifest = try manifest(output)
        let watch = try #require(manifest["watch"] as? [String: Any])
        #expect(watch["policy"] as? String == "warn")
        #expect((watch["limits"] as? [String: Double])?["border"] == 4)
        let chunks = try #require(manifest["chunks"] as? [[String: Any]])
        for (index, chunk) in chunks.enumerated() {
            let reviews = try #require(chunk["reviews"] as? [[String: Any]])
            #expect(reviews.count == 1)
            let figures = try #require(reviews[0]["figures"] as? [String: Double])
            #expect((figures["border"] == nil) == (index == 0))
            #expect(figures["luminance"] != nil)
        }
        let plain = folder.path("b.mp4")
        let other = try await CommandLineTool.run(model.generate(plain, ["--frames", "32"]))
        #expect(other.status == 0)
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: plain))
                == Data(contentsOf: URL(fileURLWithPath: output)))
    }

    /// With limits that nothing can keep, every policy shows.
    @Test func everyPolicyActs() async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        let strict = ["--frames", "32", "--drift-limits", "border=0.000001"]
        let stopped = folder.path("stop.mp4")
        let stop = try await CommandLineTool.run(
            model.generate(stopped, strict + ["--on-drift", "stop"]))
        #expect(stop.status == 75 && stop.errors.contains("the border jumps by"))
        let ended = try manifest(stopped)
        #expect(ended["outcome"] as? String == "stopped")
        #expect(ended["frames_written"] as? Int == 16)
        let because = (ended["watch"] as? [String: Any])?["stopped_by"] as? [[String: Any]]
        #expect(because?.count == 1)

        let retried = folder.path("retry.mp4")
        let retry = try await CommandLineTool.run(
            model.generate(retried, strict + ["--on-drift", "retry", "--retries", "1"]))
        #expect(retry.status == 0, "\(retry.errors)")
        let chunks = try #require(try manifest(retried)["chunks"] as? [[String: Any]])
        #expect(chunks.map { ($0["reviews"] as? [Any])?.count } == [1, 2, 2])
        // Of two bad attempts the better one stays.
        for chunk in chunks.dropFirst() {
            let jumps = (chunk["reviews"] as? [[String: Any]])?.compactMap {
                ($0["figures"] as? [String: Double])?["border"]
            }
            let both = try #require(jumps)
            let taken = try #require(chunk["attempt"] as? Int)
            #expect(both[taken] == both.min())
        }
    }

    @Test(arguments: [
        (["--on-drift", "pray"], "must be warn, stop or retry"),
        (["--retries", "2"], "needs --on-drift retry"),
        (["--on-drift", "retry", "--retries", "0"], "from 1 to 100"),
        (["--drift-limits", "border=2"], "needs --watch"),
        (["--watch", "--drift-limits", "speed=2"], "the names are"),
    ])
    func refusesOptionsThatDoNotFit(options: [String], message: String) async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        try await expectFailure(
            64, message, running: model.generate(folder.path("x.mp4"), options))
        #expect(folder.content.isEmpty)
    }
}
