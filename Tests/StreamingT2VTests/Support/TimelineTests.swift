import Foundation
import TestSupport
import Testing

@testable import StreamingT2V

/// Sums and the file of a timeline with known parts.
@Suite struct TimelineTests {
    private func timeline() -> Timeline {
        let timeline = Timeline()
        func add(
            _ name: String, _ lane: Timeline.Lane, from start: Int, to end: Int, busy: Double
        ) {
            timeline.add(
                Timeline.Span(
                    name: name, lane: lane, start: .milliseconds(start),
                    length: .milliseconds(end - start), details: ["chunk": 3],
                    processorSeconds: busy))
        }
        add("denoise", .generator, from: 0, to: 1000, busy: 1.5)
        add("decode", .generator, from: 1000, to: 1050, busy: 1.6)
        add("write frames", .output, from: 1050, to: 1050, busy: 1.6)  // too short to be seen
        add("denoise", .generator, from: 1100, to: 2000, busy: 2.5)
        return timeline
    }

    @Test func sumsAreThoseOfTheParts() {
        let totals = timeline().totals
        #expect(totals.map(\.name) == ["denoise", "decode"])
        #expect(abs(totals[0].seconds - 1.9) < 1e-9 && abs(totals[1].seconds - 0.05) < 1e-9)
        #expect(abs(timeline().busyCores - 1.25) < 1e-9)
        #expect(Timeline().busyCores == 0 && Timeline().totals.isEmpty)
    }

    /// Times are in microseconds; how busy the cores were is told for stretches of at least a tenth of a second.
    @Test func theFileIsInTheTraceFormat() throws {
        let scratch = try Scratch()
        let file = scratch.folder.appending(path: "trace.json")
        try timeline().write(to: file)
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        let events = try #require(json["traceEvents"] as? [[String: Any]])
        #expect(events.compactMap { $0["ph"] as? String } == ["M", "X", "C", "X", "X", "C"])
        #expect((events[0]["args"] as? [String: Any])?["name"] as? String == "generator")
        let spans = events.filter { $0["ph"] as? String == "X" }
        #expect(spans.compactMap { $0["ts"] as? Double } == [0, 1_000_000, 1_100_000])
        #expect(spans.compactMap { $0["dur"] as? Double } == [1_000_000, 50_000, 900_000])
        #expect((spans[1]["args"] as? [String: Any])?["chunk"] as? Double == 3)
        let cores = events.filter { $0["ph"] as? String == "C" }
            .compactMap { ($0["args"] as? [String: Any])?["cores"] as? Double }
        #expect(cores == [1.5, 1.0])
    }
}
