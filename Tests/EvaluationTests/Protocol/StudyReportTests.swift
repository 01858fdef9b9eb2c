import Foundation
import Testing

@testable import Evaluation

@Suite struct StudyReportTests {
    @Test func curvesAreMeansOfFour() {
        let curve = StudyCurve(
            MetricCurve("x", unit: "u", [nil, 1, 2, 3, 4, 4, 4, 8, nil, nil, nil, nil, 1.0 / 3]))
        #expect(curve.values == [2, 5, nil, 0.33333])
        #expect(curve.mean(frames: 0..<8) == 3.5)
        #expect(curve.mean(frames: 4..<12) == 5)
        #expect(curve.mean(frames: 8..<12) == nil)
        let other = StudyCurve(MetricCurve("x", unit: "u", [4, 4, 4, 4]))
        #expect(StudyCurve(meanOf: [curve, other]).values == [3, 5, nil, 0.33333])
    }

    @Test func meansHaveIntervalsAndCountWhatIsMissing() throws {
        let values: [Double?] = [1, 2, nil, 3, 4, 5, 6, 7, 8, 9, 10]
        let mean = FigureMean("x", unit: "u", values, seed: 1)
        #expect(mean.mean == 5.5 && mean.videos == 10 && mean.undefinedVideos == 1)
        // The normal approximation: 5.5 ± 1.96 · √8.25 / √10.
        #expect(abs(try #require(mean.low) - 3.72) < 0.15)
        #expect(abs(try #require(mean.high) - 7.28) < 0.15)
        #expect(mean == FigureMean("x", unit: "u", values, seed: 1))
        #expect(mean.low != FigureMean("x", unit: "u", values, seed: 2).low)
        let single = FigureMean("x", unit: "u", [2, nil], seed: 1)
        #expect(single.mean == 2 && single.low == nil && single.text == "2")
        let none = FigureMean("x", unit: "u", [nil], seed: 1)
        #expect(none.mean == nil && none.text == "–")
        let json = String(decoding: try JSONEncoder().encode(none), as: UTF8.self)
        #expect(json.contains("\"mean\":null") && json.contains("\"undefined_videos\":1"))
    }

    @Test func publishedNumbersAreThePapers() throws {
        let all = PublishedResults.all
        #expect(all.tableOne.count == 9 && all.stability.count == 6 && all.ablations.count == 10)
        let ours = try #require(all.tableOne.last)
        #expect(ours.name == "StreamingT2V" && ours.mawe == 52.3)
        #expect(ours.sceneCuts == 0.04 && ours.clipScore == 31.73)
        #expect(all.tableOne.map(\.mawe).min() == 52.3)
        #expect(all.tableOne.map(\.clipScore).max() == 31.73)
    }

    @Test func tableOneSetsMeansBesideThePublishedRows() throws {
        // The first 120 frames have 2 and 4, those up to 140 another 9: (30 · 2 + 5 · 9) / 35 = 3.
        // (30 · 4 + 5 · 9) / 35 = 33 / 7.
        func curve(_ level: Double) -> [Double?] { (0..<144).map { $0 < 120 ? level : 9 } }
        let later = (3 + 33.0 / 7) / 2
        let report = TableOneReport(
            [
                studyVideo(0, frames: 144, figure: 10, curve: curve(2), seconds: 72),
                studyVideo(1, frames: 144, figure: 20, curve: curve(4), seconds: 216),
            ], prompts: "paper", seed: 3)
        #expect(report.means.map(\.mean) == [15])
        #expect(report.means[0].low == 10 && report.means[0].high == 20)
        #expect(report.secondsPerFrame == 1)
        #expect(report.stability.map(\.frames) == [120, 140])
        #expect(report.stability[0].mawe.mean == 3)
        #expect(abs(try #require(report.stability[1].mawe.mean) - later) < 1e-12)
        #expect(report.stability[0].clipScore.mean == nil)

        let text = report.markdown
        #expect(text.contains("| SparseCtrl | 6069.7 | 5.48 | 29.32 |"))
        #expect(text.contains("| FreeNoise | 1298.4 | 0 | 31.55 |"))
        #expect(text.contains("| **grey, here** | script 15 (10 … 20), paper – | – | – |"))
        #expect(text.contains("| mawe_script | 15 | 10 … 20 | u | 2 | 0 |"))
        #expect(text.contains("| 120 | 43.25 | 3 (2 … 4) | 32.45 | – |"))
        #expect(text.contains("Only tendencies can be compared"))
        #expect(text.contains("| enhancer | randomized blending | flow deviation ↓ | 3.32 |"))
        let data = try JSONEncoder().encode(report)
        let read = try JSONDecoder().decode(TableOneReport.self, from: data)
        #expect(read == report && read.format == "streamingt2v-table1-1")
    }

    @Test func tableOneSaysWhatIsLeftOut() {
        let video = studyVideo(
            frames: 4, figure: nil, curve: [nil],
            skipped: [.init(metric: "clip", reason: "vae/ is blue")])
        let text = TableOneReport([video], prompts: "mine.txt", seed: 1).markdown
        #expect(text.contains("Left out: clip, vae/ is blue"))
        #expect(text.contains("the CLIP pair is missing") && text.contains("`mine.txt`"))
        #expect(text.contains("| mawe_script | – | – | u | 0 | 1 |"))
        // No video reaches the first moment that the paper shows.
        #expect(!text.contains("Over the length"))
        let whole = TableOneReport(
            [studyVideo(frames: 4, figure: 1, curve: [1])], prompts: "paper", seed: 1)
        #expect(!whole.markdown.contains("Left out"))
        #expect(whole.markdown.contains("the CLIP pair is the one of grey itself"))
    }

    /// Names of models, prompts and figures cannot leave their line, their cell or their code span.
    @Test func markdownHoldsNamesTogether() throws {
        let name = "a|b\n# c`<i>\u{600}|"
        let shown = #"a\|b\\n# c\`\<i\>"# + "\u{600}\\|"
        let video = studyVideo(
            frames: 4, figure: 1, curve: [1], name: name,
            skipped: [.init(metric: "clip", reason: name)], model: name)
        let text = TableOneReport([video], prompts: name, seed: 1).markdown
        #expect(text.contains("# \(shown) beside Table 1"))
        #expect(text.contains("| **\(shown), here** |") && text.contains("| \(shown) | 1 |"))
        #expect(text.contains("Left out: clip, \(shown)"))
        #expect(text.contains("`` a|b\\n# c`<i>\u{600}| ``"))
        let length = LengthReport([video], prompts: name, seed: 1).markdown
        #expect(length.contains("# \(shown): what") && length.contains("| \(shown), u |"))
        let svg = LengthChart(LengthCurves([video])).svg
        #expect(!svg.contains("<i>") && svg.contains("&lt;i&gt;"))
    }

    @Test func lengthComparesStartMiddleAndEnd() throws {
        func curve(_ frames: Int, _ slope: Double) -> [Double?] {
            (0..<frames).map { Double($0 / 80) * slope }
        }
        let videos = [
            studyVideo(0, frames: 400, figure: 1, curve: curve(400, 1), seconds: 400),
            studyVideo(1, frames: 400, figure: 3, curve: curve(400, 3), seconds: 400),
            studyVideo(0, frames: 24, figure: 5, curve: curve(24, 1), seconds: 12),
        ]
        let report = LengthReport(videos, prompts: "journeys", seed: 1)
        #expect(report.lengths.map(\.frames) == [24, 400])
        #expect(report.lengths.map(\.windowFrames) == [8, 80])
        #expect(report.lengths.map(\.videos) == [1, 2])
        #expect(report.lengths.map(\.secondsPerFrame) == [0.5, 1])
        #expect(report.lengths.map(\.peakMemory) == [1 << 20, 2 << 20])
        let course = try #require(report.lengths[1].courses.first)
        // Levels 0 … 4 of 80 frames each, times 1 and 3.
        #expect(course.start.mean == 0 && course.middle.mean == 4 && course.end.mean == 8)
        #expect(course.change.mean == 8 && course.change.low == 4 && course.change.high == 12)
        #expect(report.lengths[1].means[0].mean == 2)
        let text = report.markdown
        #expect(text.contains("### 400 frames, windows of 80"))
        #expect(text.contains("| mawe_script, u | 0 | 4 | 8 | 8 (4 … 12) |"))
        #expect(text.contains("| 24 | 1 | 0.5000 | 1 | – | 5 | – | – |"))
        #expect(text.contains("(curves.svg)"))
    }

    @Test func curvesAreDrawnAndWritten() throws {
        let curves = LengthCurves([
            studyVideo(0, frames: 8, figure: 1, curve: Array(repeating: 1, count: 8), name: "a<b"),
            studyVideo(
                0, frames: 16, figure: 1, curve: (0..<16).map { $0 < 8 ? 0 : 2 }, name: "a<b"),
        ])
        #expect(curves.lengths.map(\.frames) == [8, 16] && curves.framesPerValue == 4)
        #expect(curves.lengths[1].curves[0].values == [0, 0, 2, 2])
        let svg = LengthChart(curves).svg
        #expect(svg.contains("8 frames") && svg.contains("16 frames"))
        #expect(svg.contains("a&lt;b, u") && svg.contains("0 to 2"))
        // Values are drawn in the middle of their four frames, over 456 units from 12 on; 0 is at 154, 2 at 44.
        #expect(svg.contains("points=\"69.0,99.0 183.0,99.0\""))
        #expect(svg.contains("points=\"69.0,154.0 183.0,154.0 297.0,44.0 411.0,44.0\""))
        #expect(XMLCheck.isWellFormed(svg))
    }
}

/// Whether every element that is opened is closed.
private enum XMLCheck {
    static func isWellFormed(_ text: String) -> Bool {
        var open: [Substring] = []
        for part in text.split(separator: "<").dropFirst(text.hasPrefix("<") ? 0 : 1) {
            guard let tag = part.split(separator: ">").first else { return false }
            let name = tag.split(separator: " ").first ?? ""
            if tag.hasSuffix("/") { continue }
            if name.hasPrefix("/") {
                guard open.popLast() == name.dropFirst() else { return false }
            } else {
                open.append(name)
            }
        }
        return open.isEmpty
    }
}
