import Foundation
import TestSupport
import Testing
import VideoIO

/// `evaluate`, as a program.
@Suite struct EvaluateTests {
    /// A folder of PNG frames whose grey grows by `step` from frame to frame; 64×64 pixels.
    private func clip(
        _ folder: Scratch, _ name: String, frames: Int = 20, step: Int = 2, size: Int = 64
    ) async throws -> String {
        let writer = try await VideoOutput.open(
            path: folder.path(name) + "/", width: size, height: size, framesPerSecond: 8)
        for index in 0..<frames {
            let pixels = [UInt8](repeating: UInt8(20 + step * index), count: size * size * 3)
            try await writer.append(RGBFrame(width: size, height: size, pixels: pixels))
        }
        try await writer.finish()
        return folder.path(name)
    }

    private func json(_ arguments: [String]) async throws -> [String: Any] {
        let result = try await CommandLineTool.run(arguments + ["--json"])
        try #require(result.status == 0, "\(result.errors)")
        return try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    }

    /// The figures of the first video, null as NSNull.
    private func figures(_ report: [String: Any]) throws -> [String: [String: Any]] {
        let videos = try #require(report["videos"] as? [[String: Any]])
        let metrics = try #require(videos.first?["metrics"] as? [[String: Any]])
        let all = metrics.flatMap { $0["figures"] as? [[String: Any]] ?? [] }
        return Dictionary(uniqueKeysWithValues: all.map { ($0["name"] as? String ?? "", $0) })
    }

    @Test func measuresFramesInATable() async throws {
        let folder = try Scratch()
        let video = try await clip(folder, "clip")
        let result = try await CommandLineTool.run([
            "evaluate", video, "--metrics", "motion, flicker", "--threads", "1",
        ])
        #expect(result.status == 0 && result.errors.contains("20 frames of 1 video measured"))
        let lines = result.output.split(separator: "\n")
        #expect(lines.first == "\(video): 20 frames, 64×64")
        #expect(
            lines.dropFirst().map { $0.split(separator: " ").joined(separator: " ") }
                == ["flicker 0.9922 0…1", "motion 2 levels", "motion_kept 1 ×"])
    }

    @Test func jsonHasValuesAndReasons() async throws {
        let folder = try Scratch()
        let video = try await clip(folder, "clip", frames: 17, step: 0)
        let report = try await json(["evaluate", video])
        #expect(report["format"] as? String == "streamingt2v-evaluation-1")
        let figures = try figures(report)
        #expect(figures["motion"]?["value"] as? Double == 0)
        #expect(figures["motion"]?["reason"] is NSNull)
        #expect(figures["border_jump"]?["value"] is NSNull)
        #expect(figures["border_jump"]?["reason"] as? String == "nothing moves inside the chunks")
        let video0 = try #require((report["videos"] as? [[String: Any]])?.first)
        #expect(video0["prompt"] is NSNull && video0["frames"] as? Int == 17)
        let skipped = try #require(video0["skipped"] as? [[String: String]])
        #expect(skipped.map { $0["metric"] } == ["psnr", "ssim", "clip"])
        #expect(skipped.last?["reason"]?.contains("prompt") == true)
    }

    /// Prompt and borders come from the manifest beside the video; options go before it.
    @Test func readsTheManifest() async throws {
        let folder = try Scratch()
        let video = try await clip(folder, "clip")
        try folder.put(
            #"{"settings": {"prompt": "a red car"}, "chunks": [{"first_frame": 0}, {"first_frame": 9}]}"#,
            "clip.json")
        func metrics(_ arguments: [String]) async throws -> [[String: Any]] {
            let report = try await json(["evaluate", video] + arguments)
            let videos = try #require(report["videos"] as? [[String: Any]])
            return try #require(videos.first?["metrics"] as? [[String: Any]])
        }
        let found = try await metrics(["--metrics", "borders,clip"])
        #expect(found.map { $0["metric"] as? String } == ["borders", "clip"])
        #expect(found[0]["marks"] as? [Int] == [9])
        #expect((found[1]["settings"] as? [String: String])?["model"] == "journeys")
        let other = try await metrics([
            "--metrics", "borders", "--chunk-frames", "6", "--overlap", "2",
        ])
        #expect(other[0]["marks"] as? [Int] == [6, 10, 14, 18])
        let half = try await metrics(["--metrics", "borders", "--chunk-frames", "12"])
        #expect(half[0]["marks"] as? [Int] == [12, 18])
        try await expectFailure(
            65, "other.json", "settings.prompt",
            running: ["evaluate", video, "--manifest", folder.put("{}", "other.json")])
    }

    @Test func comparesWithAReference() async throws {
        let folder = try Scratch()
        let video = try await clip(folder, "clip")
        let other = try await clip(folder, "other", step: 3)
        let report = try await json(["evaluate", video, "--reference", other])
        let all = try figures(report)
        // Errors are the squares of 0 to 19: their mean is 123.5.
        let psnr = try #require(all["psnr"]?["value"] as? Double)
        #expect(abs(psnr - 27.2144) < 1e-3)
        #expect(all["ssim"]?["value"] as? Double != nil)
        let short = try await clip(folder, "short", frames: 3)
        let small = try await clip(folder, "small", size: 32)
        for (reference, hint) in [(short, "3 frames, the video 20"), (small, "32×32")] {
            try await expectFailure(
                65, hint, running: ["evaluate", video, "--reference", reference])
        }
    }

    @Test func refusesBeforeWork() async throws {
        let folder = try Scratch()
        let video = try await clip(folder, "clip", frames: 2)
        let evaluate = ["evaluate", video]
        let refusals: [(arguments: [String], status: Int32, hint: String)] = [
            (["--metrics", "cuts,beauty"], 64, "beauty. Choose from cuts, flicker"),
            (["--metrics", ","], 64, "Choose from"), (["--metrics", "psnr"], 64, "--reference"),
            (["--metrics", "clip"], 64, "--prompt"), (["--metrics", "journeys"], 64, "--prompt"),
            (["--metrics", "journeys", "--prompt", "a dragon"], 64, "drawn world"),
            (["--metrics", "cuts", "--reference", video], 64, "psnr and ssim"),
            (["--metrics", "cuts", "--model", "/tmp"], 64, "clip"),
            (["--metrics", "motion", "--cuts-version", "0.7.2"], 64, "cuts"),
            (["--cuts-version", "1.0"], 64, "0.6.2, 0.6.3, 0.7.2"),
            (["--overlap", "16"], 64, "--overlap"),
            (["--chunk-frames", "0"], 64, "--chunk-frames"),
            (["--model", folder.folder.path], 64, "--prompt"),
            (["--model", "/nowhere", "--prompt", "a"], 66, "/nowhere"),
            (["--model", folder.folder.path, "--prompt", "a"], 65, "text_encoder/ is missing"),
            (["--reference", "/nowhere.mp4"], 66, "/nowhere.mp4"),
            (["/nowhere.mp4"], 66, "/nowhere.mp4"),
            ([video, "--reference", video], 64, "one at a time"),
            (["--report", folder.path("no/report")], 73, "mkdir -p"),
            (["--report", try folder.put("x", "file")], 73, "file"),
            (["--threads", "0"], 64, "--threads"),
        ]
        for (arguments, status, hint) in refusals {
            let errors = try await expectFailure(status, hint, running: evaluate + arguments)
            #expect(!errors.contains("measured"), "\(arguments)")
        }
        for wrong in [
            ["evaluate"], evaluate + ["--compare", video, video], evaluate + ["--seed", "1"],
            evaluate + ["--overwrite"], ["evaluate", "--compare", video],
        ] {
            let result = try await CommandLineTool.run(wrong)
            #expect(result.status == 64 && result.output == "", "\(wrong)")
        }
    }

    @Test func writesAReportOnce() async throws {
        let folder = try Scratch()
        let video = try await clip(folder, "clip")
        let arguments = ["evaluate", video, "--metrics", "motion", "--report", folder.path("r")]
        let result = try await CommandLineTool.run(arguments)
        #expect(
            result.status == 0 && result.errors.contains("report: \(folder.path("r"))/index.html"))
        let page = try String(contentsOfFile: folder.path("r/index.html"), encoding: .utf8)
        #expect(page.contains("<polyline") && page.contains("data:image/png;base64,"))
        try await expectFailure(73, "index.html", "--overwrite", running: arguments)
        #expect(try await CommandLineTool.run(arguments + ["--overwrite"]).status == 0)
    }

    @Test func comparesSets() async throws {
        let folder = try Scratch()
        for (set, steps) in [("a", [2, 3, 4]), ("b", [3, 5, 5])] {
            try FileManager.default.createDirectory(
                atPath: folder.path(set), withIntermediateDirectories: true)
            for (index, step) in steps.enumerated() {
                _ = try await clip(folder, "\(set)/clip\(index)", step: step)
            }
        }
        let sets = ["evaluate", "--compare", folder.path("a"), folder.path("b")]
        let report = try await json(sets + ["--metrics", "motion"])
        let figures = try #require(report["figures"] as? [[String: Any]])
        let motion = try #require(figures.first { $0["name"] as? String == "motion" })
        let difference = try #require(motion["difference"] as? Double)
        #expect(abs(difference - 4.0 / 3) < 1e-9 && motion["pairs"] as? Int == 3)
        #expect(motion["low"] as? Double == 1 && motion["high"] as? Double == 2)

        // The same from files.
        for set in ["a", "b"] {
            let videos = (0..<3).map { folder.path("\(set)/clip\($0)") }
            let result = try await CommandLineTool.run(
                ["evaluate"] + videos + ["--metrics", "motion", "--json"])
            try folder.put(result.output, "\(set).json")
        }
        let files = ["evaluate", "--compare", folder.path("a.json"), folder.path("b.json")]
        let again = try await json(files)
        let same = try #require((again["figures"] as? [[String: Any]])?.first)
        #expect(same["difference"] as? Double == difference)
        let table = try await CommandLineTool.run(files + ["--seed", "4"])
        #expect(table.output.contains("1 … 2") && table.output.contains("95 % interval"))
        try await expectFailure(64, "measures nothing", running: files + ["--metrics", "motion"])
        try FileManager.default.removeItem(atPath: folder.path("b/clip1"))
        try await expectFailure(64, "clip1", running: sets)
        try await expectFailure(
            64, "no folder", running: ["evaluate", "--compare", folder.path("a"), "/nowhere"])
        try await expectFailure(
            65, "x.json",
            running: ["evaluate", "--compare", folder.put("{}", "x.json"), folder.path("a.json")])
    }

    @Test func damagedVideosAreNamed() async throws {
        let folder = try Scratch()
        let text = try folder.put("no video", "text.mp4")
        try await expectFailure(65, text, running: ["evaluate", text])
    }
}
