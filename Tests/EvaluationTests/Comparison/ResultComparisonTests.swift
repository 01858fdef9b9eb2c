import Foundation
import Testing

@testable import Evaluation

@Suite struct ResultComparisonTests {
    private func result(_ video: String, _ figures: [String: Double?]) -> VideoResult {
        VideoResult(
            video: video, frames: 2, width: 4, height: 4, prompt: nil, manifest: nil,
            reference: nil,
            metrics: [
                MetricResult(
                    "m",
                    figures: figures.sorted { $0.key < $1.key }.map { name, value in
                        MetricFigure(
                            name, unit: "u", value.map { .value($0) } ?? .undefined("why"),
                            meaning: "")
                    })
            ], skipped: [])
    }

    @Test func differencesAreSecondLessFirst() throws {
        let one = [result("a/x.mp4", ["p": 1, "q": 5]), result("a/y.mp4", ["p": 2, "q": nil])]
        let two = [result("b/y.mp4", ["p": 6, "q": 1]), result("b/x.mp4", ["p": 3, "q": 8])]
        let comparison = try ResultComparison(("A", one), ("B", two), seed: 1)
        #expect(comparison.videos == ["x.mp4", "y.mp4"])
        let p = try #require(comparison.figures.first { $0.name == "p" })
        #expect(p.firstMean == 1.5 && p.secondMean == 4.5 && p.difference == 3 && p.pairs == 2)
        #expect(p.low == 2 && p.high == 4 && p.reason == nil)
        let q = try #require(comparison.figures.first { $0.name == "q" })
        #expect(q.pairs == 1 && q.undefinedPairs == 1 && q.difference == 3)
        #expect(q.low == nil && q.reason != nil)
        let data = String(decoding: try JSONEncoder().encode(q), as: UTF8.self)
        #expect(data.contains("\"low\":null"))
    }

    @Test func setsMustPair() {
        func refused(_ one: [String], _ two: [String]) -> Bool {
            do {
                _ = try ResultComparison(
                    ("A", one.map { result($0, ["p": 1]) }),
                    ("B", two.map { result($0, ["p": 1]) }), seed: 1)
                return false
            } catch { return true }
        }
        #expect(refused(["x.mp4"], ["y.mp4"]) && refused([], []))
        #expect(refused(["a/x.mp4", "b/x.mp4"], ["x.mp4", "x.mp4"]))
        #expect(!refused(["a/x.mp4"], ["b/x.mp4"]))
    }

    /// Of a normal sample the percentile interval is about mean ± 1.96 · deviation / √n.
    @Test func intervalsAreSeededAndSized() throws {
        let values = (0..<100).map { Double($0 * 37 % 100) }  // 0 to 99 in some order
        let first = try #require(Bootstrap.interval(ofMean: values, seed: 7))
        #expect(Bootstrap.interval(ofMean: values, seed: 7) == first)
        #expect(Bootstrap.interval(ofMean: values, seed: 8) != first)
        let half = 1.96 * 28.866 / 10
        #expect(abs(first.lowerBound - (49.5 - half)) < 0.3)
        #expect(abs(first.upperBound - (49.5 + half)) < 0.3)
        #expect(Bootstrap.interval(ofMean: [3, 3, 3], seed: 1) == 3...3)
        #expect(Bootstrap.interval(ofMean: [3], seed: 1) == nil)
        #expect(Bootstrap.interval(ofMean: [], seed: 1) == nil)
    }

    @Test func reportsSurviveJSON() throws {
        let report = EvaluationReport(
            version: "v", videos: [result("x.mp4", ["p": 1.5, "q": nil])])
        let data = try JSONEncoder().encode(report)
        #expect(try JSONDecoder().decode(EvaluationReport.self, from: data) == report)
        let text = String(decoding: data, as: UTF8.self)
        #expect(text.contains("\"value\":null") && text.contains("\"reason\":\"why\""))
        let file = FileManager.default.temporaryDirectory
            .appending(path: "evaluation-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try data.write(to: file)
        #expect(try EvaluationReport(file: file.path) == report)
        for wrong in ["{}", "no json", text.replacing("evaluation-1", with: "evaluation-9")] {
            try Data(wrong.utf8).write(to: file)
            #expect(throws: EvaluationError.self) { try EvaluationReport(file: file.path) }
        }
        #expect(throws: EvaluationError.self) { try EvaluationReport(file: "/nowhere.json") }
    }

    @Test func numbersAreShort() {
        #expect(MetricFigure.text(0.97131) == "0.9713" && MetricFigure.text(-31.2449) == "-31.24")
        #expect(MetricFigure.text(1234.56) == "1234.6" && MetricFigure.text(3) == "3")
        #expect(MetricFigure.text(nil) == "–" && MetricFigure.text(1e300).contains("e") == false)
    }
}
