import Foundation
import TestSupport
import Testing

/// `study table1` and `study length`, as a program, with a model that was trained for a few steps.
@Suite struct StudyTests {
    private func object(_ path: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test func tableOneWritesReportsAndGoesOn() async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        let command = [
            "study", "table1", "--model", model.path, "--frames", "3", "--seed", "5", "--report",
            folder.path("out"), "--keep", folder.path("videos"), "--threads", "1",
        ]
        let first = try await CommandLineTool.run(command + ["--count", "1"])
        try #require(first.status == 0, "\(first.errors)")
        #expect(first.output.contains("**model, here**") && first.output.contains("Table 1"))
        #expect(first.errors.contains("video 1/1  frame 3/3"))
        let journal = folder.path("out/videos.jsonl")
        let line = try String(contentsOfFile: journal, encoding: .utf8)
        #expect(line.split(separator: "\n").count == 1)

        // The second video alone is made.
        let second = try await CommandLineTool.run(command + ["--count", "2", "--json"])
        try #require(second.status == 0, "\(second.errors)")
        #expect(second.errors.contains("video 1/1 (1 were there)  frame 3/3"))
        #expect(try String(contentsOfFile: journal, encoding: .utf8).hasPrefix(line))
        let report = try object(folder.path("out/report.json"))
        let printed = try JSONSerialization.jsonObject(with: Data(second.output.utf8))
        #expect(NSDictionary(dictionary: report).isEqual(printed))
        #expect(report["count"] as? Int == 2 && report["frames"] as? Int == 3)
        let means = try #require(report["means"] as? [[String: Any]])
        let names = means.compactMap { $0["name"] as? String }
        for name in ["mawe_script", "mawe_paper", "cuts", "clip_score", "flicker"] {
            #expect(names.contains(name), "\(name)")
        }
        #expect(means.first { $0["name"] as? String == "flicker" }?["videos"] as? Int == 2)
        let text = try String(contentsOfFile: folder.path("out/report.md"), encoding: .utf8)
        #expect(text.contains("| StreamingT2V | 52.3 | 0.04 | 31.73 |"))

        let kept = try FileManager.default.contentsOfDirectory(atPath: folder.path("videos"))
        #expect(
            kept.sorted() == ["3-0001.mp4", "3-0001.mp4.json", "3-0002.mp4", "3-0002.mp4.json"])
        #expect(try await frames(of: folder.path("videos/3-0002.mp4")).count == 3)
        let manifest = try object(folder.path("videos/3-0002.mp4.json"))
        let settings = try #require(manifest["settings"] as? [String: Any])
        #expect(settings["seed"] as? Int == 6 && manifest["outcome"] as? String == "complete")
    }

    @Test func lengthWritesCurves() async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        let prompts = try folder.put("a red car\na blue boat\n", "prompts.txt")
        let result = try await CommandLineTool.run([
            "study", "length", "--model", model.path, "--lengths", "6, 3", "--count", "1",
            "--prompts", prompts, "--report", folder.path("out"), "--threads", "1",
        ])
        try #require(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("### 3 frames, windows of 1"))
        #expect(result.output.contains("### 6 frames, windows of 2"))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path("out")).sorted()
                == ["curves.json", "curves.svg", "report.json", "report.md", "videos.jsonl"])
        let curves = try object(folder.path("out/curves.json"))
        let lengths = try #require(curves["lengths"] as? [[String: Any]])
        #expect(lengths.map { $0["frames"] as? Int } == [3, 6])
        let cost = try #require(lengths[1]["curves"] as? [[String: Any]]).first {
            $0["name"] as? String == "seconds_per_frame"
        }
        let values = try #require(cost?["values"] as? [Double])
        #expect(values.count == 2 && values.allSatisfy { $0 > 0 })
    }

    @Test func refusesWhatCannotBe() async throws {
        let folder = try Scratch()
        let table = ["study", "table1", "--threads", "1"]
        try await expectFailure(64, "--count", running: table + ["--count", "51"])
        try await expectFailure(64, "--frames", running: table + ["--frames", "0"])
        try await expectFailure(65, "--count", running: table + ["--prompts", "4"])
        try await expectFailure(
            64, "--lengths",
            running: ["study", "length", "--lengths", "3,x", "--report", folder.path("out")])
        try await expectFailure(
            66, "none", running: table + ["--model", folder.path("none"), "--frames", "3"])
        try FileManager.default.createDirectory(
            atPath: folder.path("bad"), withIntermediateDirectories: true)
        try folder.put("{}\n", "bad/videos.jsonl")
        try await expectFailure(
            65, "videos.jsonl", "video 1",
            running: table + ["--report", folder.path("bad"), "--frames", "3"])
    }
}
