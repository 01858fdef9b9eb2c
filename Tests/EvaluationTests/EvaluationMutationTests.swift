import Foundation
import TestSupport
import Testing

@testable import Evaluation

/// Damaged manifests, results, prompts and journals are refused or read.
@Suite struct EvaluationMutationTests {
    private func expectRefusalOrValue(
        _ sound: Data, name: String = "file.json", _ read: (URL) throws -> Void
    ) throws {
        let folder = try Scratch()
        let file = folder.folder.appending(path: name)
        let tally = try MutationTally(of: sound, count: mutationCount / 4) {
            $0 is EvaluationError
        } _: { bytes in
            try Data(bytes).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            try read(file)
        }
        #expect(tally.read > 0 && tally.slowest < .seconds(5))
    }

    @Test func manifests() throws {
        let text = """
            {"settings": {"prompt": "a car", "seed": 1},
             "chunks": [{"first_frame": 0, "frames": 16}, {"first_frame": 16}, {"first_frame": 24}]}
            """
        try expectRefusalOrValue(Data(text.utf8)) { file in
            let borders = try VideoManifest(file: file).borders
            #expect(borders?.contains(-1) != true)
        }
    }

    @Test func results() throws {
        let figures = [
            MetricFigure("psnr", unit: "dB", .value(31.5), meaning: ""),
            MetricFigure("ssim", unit: "1", .undefined("why"), meaning: ""),
            MetricFigure("cuts", unit: "1", .value(3), meaning: ""),
        ]
        let videos = ["a.mp4", "b.mp4", "c.mp4"].map { name in
            VideoResult(
                video: name, frames: 16, width: 32, height: 32, prompt: "a car", manifest: nil,
                reference: nil,
                metrics: [
                    MetricResult(
                        "m", figures: figures, curves: [MetricCurve("c", unit: "1", [1, nil, 2])],
                        marks: [3])
                ], skipped: [])
        }
        let report = EvaluationReport(version: "1", videos: videos)
        try expectRefusalOrValue(JSONEncoder().encode(report)) { file in
            let read = try EvaluationReport(file: file.path)
            let comparison = try ResultComparison(("a", videos), ("b", read.videos), seed: 1)
            _ = try JSONEncoder().encode(comparison)
        }
    }

    @Test(arguments: ["prompts.json", "prompts.txt"]) func prompts(name: String) throws {
        let text = name.hasSuffix("json") ? #"["a red car", "a bird"]"# : "a red car\n\na bird\n"
        try expectRefusalOrValue(Data(text.utf8), name: name) { file in
            let read = try PromptSet(named: file.path).prompts
            #expect(!read.isEmpty)
        }
    }

    @Test func journals() throws {
        let video = studyVideo(frames: 8, figure: 2.5, curve: [1, 2, nil, 4, 5, 6, 7, 8])
        let line = try JSONEncoder().encode(video) + Data("\n".utf8)
        try expectRefusalOrValue(line + line, name: "videos.jsonl") { file in
            let videos = try StudyJournal(file: file).videos
            guard !videos.isEmpty else { return }
            _ = try JSONEncoder().encode(LengthReport(videos, prompts: "p", seed: 1))
            _ = LengthChart(LengthCurves(videos)).svg
        }
    }

    /// The mean of numbers near the largest one is infinite, and no interval has such borders.
    @Test func refusesFiguresThatNoMeasurementGives() throws {
        let folder = try Scratch()
        let file = folder.folder.appending(path: "results.json")
        let figure = #"{"name": "psnr", "unit": "dB", "value": 1e308, "reason": null}"#
        let text = """
            {"format": "streamingt2v-evaluation-1", "version": "1", "videos": [{"video": "a", \
            "frames": 1, "width": 1, "height": 1, "skipped": [], "metrics": [{"metric": "m", \
            "settings": {}, "curves": [], "marks": [], "figures": [\(figure)]}]}]}
            """
        try Data(text.utf8).write(to: file)
        #expect(
            throws: EvaluationError.notResults(file: file.path, reason: "it has another form")
        ) { try EvaluationReport(file: file.path) }
        try Data(text.replacing("1e308", with: "1e99").utf8).write(to: file)
        #expect(try EvaluationReport(file: file.path).videos[0].figures[0].value == 1e99)
    }
}
