import Foundation
import Foundations
import VideoIO

/// One page that shows results: pictures and curves inside, no script, nothing to fetch.
public struct ReportPage {
    private var sections: [String] = []
    private var results: [VideoResult] = []
    private let version: String

    /// An empty page.
    ///
    /// - Parameter version: the version of the program that measured.
    public init(version: String) {
        self.version = version
    }

    /// Adds a video.
    public mutating func append(_ result: VideoResult, _ recorder: ReportRecorder) {
        results.append(result)
        sections.append(Self.section(result, recorder, number: results.count))
    }

    /// The whole page.
    public var html: String {
        let title =
            results.count == 1
            ? "Evaluation of \(Self.name(results[0]).escapedForHTML)"
            : "Evaluation of \(results.count) videos"
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title)</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <main>
            <h1>\(title)</h1>
            \(results.count > 1 ? overview : "")
            \(sections.joined(separator: "\n"))
            <footer>Measured by streamingt2v \(version.escapedForHTML). Formulas and sources: docs/evaluation.md.</footer>
            </main>
            </body>
            </html>

            """
    }

    /// All figures side by side, one column per video.
    private var overview: String {
        var names: [String] = []
        for figure in results.flatMap(\.figures) where !names.contains(figure.name) {
            names.append(figure.name)
        }
        let head = results.enumerated().map {
            "<th><a href=\"#video-\($0 + 1)\">\(Self.name($1).escapedForHTML)</a></th>"
        }
        let rows = names.map { name in
            let figures = results.map { $0.figures.first { $0.name == name } }
            let cells = figures.map { "<td>\(MetricFigure.text($0?.value))</td>" }
            let mean = MetricFigure.text(figures.compactMap { $0?.value }.mean)
            let unit = figures.compactMap { $0?.unit }.first ?? ""
            return """
                <tr><th>\(Self.title(name)) <span class="unit">\(unit.escapedForHTML)</span></th>\
                \(cells.joined())<td class="mean">\(mean)</td></tr>
                """
        }
        return """
            <div class="wide"><table><thead><tr><th></th>\(head.joined())<th>mean</th></tr></thead>
            <tbody>\(rows.joined(separator: "\n"))</tbody></table></div>
            """
    }

    private static func section(
        _ result: VideoResult, _ recorder: ReportRecorder, number: Int
    ) -> String {
        let cuts = result.metrics.first { $0.metric == SceneCutsMetric.kind.name }?.marks ?? []
        let borders = result.metrics.first { $0.metric == ChunkBorderMetric.kind.name }?.marks ?? []
        let curves = result.metrics.flatMap(\.curves).map {
            ReportChart(curve: $0, cuts: cuts, borders: borders).html
        }
        let prompt = result.prompt.map { "<p class=\"prompt\">“\($0.escapedForHTML)”</p>" } ?? ""
        return """
            <section id="video-\(number)">
            <h2>\(name(result).escapedForHTML)</h2>
            <p class="facts">\(result.frames) frames of \(result.width)×\(result.height) pixels\
            \(result.reference.map { ", compared with \($0.escapedForHTML)" } ?? "")</p>
            \(prompt)
            \(figures(result))
            \(slice(result, recorder, cuts: cuts, borders: borders))
            <h3>Frames</h3>
            <p>Evenly spaced. Red marks a scene cut between a frame and the one before it here.</p>
            <div class="sheet">\(sheet(recorder, cuts: cuts))</div>
            <h3>Over time</h3>
            <p>\(legend(cuts: cuts, borders: borders))</p>
            <div class="charts">\(curves.joined())</div>
            </section>
            """
    }

    private static func figures(_ result: VideoResult) -> String {
        let rows = result.metrics.flatMap { metric in
            metric.figures.map { figure in
                let value =
                    figure.value == nil
                    ? "<span class=\"none\">not defined</span>"
                    : "<b>\(MetricFigure.text(figure.value))</b> "
                        + "<span class=\"unit\">\(figure.unit.escapedForHTML)</span>"
                let reason = figure.reason.map { " <i>Here: \($0.escapedForHTML).</i>" } ?? ""
                return """
                    <div class="figure"><dt>\(title(figure.name))</dt><dd class="value">\(value)</dd>\
                    <dd>\(figure.meaning.escapedForHTML)\(reason)</dd></div>
                    """
            }
        }
        let settings = result.metrics.flatMap { metric in
            metric.settings.sorted { $0.key < $1.key }.map { key, value in
                "<li>\(metric.metric.escapedForHTML): \(title(key)) \(value.escapedForHTML)</li>"
            }
        }
        let skipped = result.skipped.map {
            "<li>\($0.metric.escapedForHTML) is omitted: it \($0.reason.escapedForHTML)</li>"
        }
        return """
            <dl class="figures">\(rows.joined(separator: "\n"))</dl>
            <details><summary>Settings and omitted metrics</summary>
            <ul>\((settings + skipped).joined(separator: "\n"))</ul></details>
            """
    }

    private static func slice(
        _ result: VideoResult, _ recorder: ReportRecorder, cuts: [Int], borders: [Int]
    ) -> String {
        guard let picture = recorder.slice else { return "" }
        let width = String(format: "%.3f", 100 * recorder.sliceWidth(frames: result.frames))
        return """
            <h3>One row of pixels over time</h3>
            <p>The middle row of every frame, time from left to right. Steady motion gives slanted lines; a cut or a \
            visible chunk border gives a vertical edge.</p>
            <div class="slice"><img style="width:\(width)%" src="\(dataURI(picture))" \
            alt="x-t slice of the middle row"></div>
            <svg class="ticks" viewBox="0 0 1000 200" preserveAspectRatio="none" aria-hidden="true">\
            \(ReportChart.marks(cuts: cuts, borders: borders, frames: result.frames))</svg>
            <div class="axis"><span>frame 0</span><span>\(max(result.frames - 1, 0))</span></div>
            """
    }

    private static func sheet(_ recorder: ReportRecorder, cuts: [Int]) -> String {
        var last = -1
        return recorder.tiles.map { tile in
            let here = cuts.filter { $0 > last && $0 <= tile.frame }
            last = tile.frame
            let label =
                here.isEmpty ? "" : " · cut at \(here.map(String.init).joined(separator: ", "))"
            return """
                <figure\(here.isEmpty ? "" : " class=\"after-cut\"")><img src="\(dataURI(tile.picture))" \
                alt="frame \(tile.frame)"><figcaption>\(tile.frame)\(label)</figcaption></figure>
                """
        }.joined(separator: "\n")
    }

    private static func legend(cuts: [Int], borders: [Int]) -> String {
        var parts = [cuts.isEmpty ? "No scene cut was found." : "Red lines are scene cuts."]
        if borders.count > 200 {
            parts.append("Chunk borders are too many to be drawn.")
        } else if !borders.isEmpty {
            parts.append("Dashed lines are chunk borders.")
        }
        return parts.joined(separator: " ")
    }

    private static func name(_ result: VideoResult) -> String {
        (result.video as NSString).lastPathComponent
    }

    private static func dataURI(_ picture: RGBFrame) -> String {
        "data:image/png;base64," + Data(PNG.encode(picture, level: 9)).base64EncodedString()
    }

    /// A name for people, as HTML.
    static func title(_ name: String) -> String {
        name.split(at: "_").joined(separator: " ").escapedForHTML
    }
}
