import Foundations
import Testing
import VideoIO

@testable import Evaluation

@Suite struct ReportPageTests {
    private func page(_ names: [String], prompt: String? = nil, frames: Int = 6) -> String {
        var page = ReportPage(version: "9.9")
        for name in names {
            var recorder = ReportRecorder(frames: frames)
            for index in 0..<frames {
                recorder.append(ObservedFrame(index: index, picture: grey(UInt8(index * 20))))
            }
            let curve = MetricCurve("change", unit: "levels", [nil, 1, 2, nil, 4, 5])
            page.append(
                VideoResult(
                    video: name, frames: frames, width: 4, height: 4, prompt: prompt,
                    manifest: nil, reference: nil,
                    metrics: [
                        MetricResult(
                            "cuts",
                            figures: [
                                MetricFigure(
                                    "cuts", unit: "cuts", .value(1), meaning: "Cut & dry."),
                                MetricFigure(
                                    "jump", unit: "×", .undefined("<none>"), meaning: "J."),
                            ], curves: [curve], marks: [3])
                    ], skipped: [.init(metric: "psnr", reason: "needs a video")]), recorder)
        }
        return page.html
    }

    @Test func holdsEverythingAndFetchesNothing() {
        let html = page(["a/x.mp4"])
        for forbidden in ["http:", "https:", "<script", "url(", "@import", "<link"] {
            #expect(!html.contains(forbidden), "\(forbidden)")
        }
        #expect(html.contains("prefers-color-scheme:dark") && html.contains("name=\"viewport\""))
        // Six frames and the slice.
        #expect(html.split(separator: "data:image/png;base64,").count == 8)
        #expect(html.contains("Cut &amp; dry.") && html.contains("not defined"))
        #expect(html.contains("Here: &lt;none&gt;.") && html.contains("psnr is omitted"))
        #expect(html.contains("3 · cut at 3") && !html.contains("2 · cut"))
        #expect(html.contains("class=\"cut\" x1=\"500.0\""))  // frame 3 of 6
        #expect(html.split(separator: "<polyline").count == 3)  // two stretches
    }

    @Test func namesAndPromptsCannotAddMarkup() {
        let html = page(["<img src=x>.mp4"], prompt: "\"><script>alert(1)</script>")
        #expect(!html.contains("<img src=x>") && !html.contains("<script"))
        #expect(html.contains("&lt;script&gt;"))
    }

    /// Marks that combine with `<`, `>` and quotation marks hide none of them.
    @Test(arguments: [
        "\u{600}<img src=x onerror=alert(document.domain)//\u{600}>", "<\u{301}b>x</\u{301}b>",
        "<\u{200D}b>", "<\u{FE0F}b>", "\u{110BD}<script>1</script>", "\u{600}\" onload='x'",
        "\u{600}&#60;b>", "\u{202E}\u{2066}x\u{200F}", "\u{0}\u{FEFF}\u{2028}\u{FFFE}",
    ])
    func textAddsNoMarkup(text: String) throws {
        let clean = page(["x.mp4"], prompt: "p")
        let html = page(["\(text.split(at: "/").last ?? "").mp4"], prompt: text)
        for mark: Unicode.Scalar in ["<", ">", "\"", "'"] {
            #expect(
                html.unicodeScalars.count { $0 == mark }
                    == clean.unicodeScalars.count { $0 == mark }, "\(mark)")
        }
        #expect(html.contains("“" + text.escapedForHTML + "”"))
        #expect(!html.unicodeScalars.contains { $0 != "\n" && $0.isUnsafeToShow })
    }

    @Test func severalVideosAreSideBySide() {
        let html = page(["a.mp4", "b.mp4"])
        #expect(html.contains("Evaluation of 2 videos") && html.contains("href=\"#video-2\""))
        #expect(html.contains("<td>1</td><td>1</td><td class=\"mean\">1</td>"))
        #expect(html.contains("<td>–</td><td>–</td><td class=\"mean\">–</td>"))
        #expect(!page(["a.mp4"]).contains("<table"))
    }

    @Test func emptyVideosHaveAPage() {
        let html = page(["a.mp4"], frames: 0)
        #expect(html.contains("0 frames of 4×4") && !html.contains("data:image"))
    }

    /// The slice stacks the middle rows of all frames from left to right.
    @Test func sliceIsTheMiddleRowOverTime() throws {
        var recorder = ReportRecorder(frames: 3)
        for index in 0..<3 {
            var frame = grey(0, width: 2, height: 4)
            frame.pixels[2 * 2 * 3] = UInt8(10 + index)  // row 2, column 0
            frame.pixels[2 * 2 * 3 + 3] = UInt8(100 + index)
            recorder.append(ObservedFrame(index: index, picture: frame))
        }
        let slice = try #require(recorder.slice)
        #expect((slice.width, slice.height) == (3, 2))
        let reds = stride(from: 0, to: slice.pixels.count, by: 3).map { slice.pixels[$0] }
        #expect(reds == [10, 11, 12, 100, 101, 102])
    }

    @Test func longVideosStaySmall() throws {
        var recorder = ReportRecorder(frames: 5_000)
        let frame = grey(5, width: 600, height: 2)
        for index in 0..<5_000 { recorder.append(ObservedFrame(index: index, picture: frame)) }
        #expect(recorder.tiles.count == 24 && recorder.tiles.last?.frame == 4_999)
        #expect(recorder.tiles[0].picture.width == 160)
        let slice = try #require(recorder.slice)
        #expect((slice.width, slice.height) == (625, 256))  // every eighth frame
        #expect(recorder.sliceWidth(frames: 5_000) == 1)
        let chart = ReportChart(
            curve: MetricCurve("c", unit: "u", (0..<5_000).map { Double($0 % 7) }), cuts: [],
            borders: Array(0..<300))
        #expect(chart.html.split(separator: ",").count < 700 && !chart.html.contains("<line"))
    }
}
