import Testing
import VideoIO

@testable import Evaluation

/// What holds for all metrics that need no network.
@Suite struct MetricKindTests {
    /// Results of all of them, with a reference.
    private func results(_ frames: [RGBFrame]) throws -> [MetricResult] {
        var circumstances = context(width: 40, height: 30)
        circumstances.reference = circumstances.info
        return try MetricKind.all.compactMap { kind -> MetricResult? in
            // The warp error, at 720×720, takes long in a debug build.
            guard !["clip", "journeys"].contains(kind.name), kind.name != "mawe" || frames.count < 3
            else { return nil }
            var metric = try kind.make(circumstances)
            for (index, frame) in frames.enumerated() {
                try metric.append(
                    ObservedFrame(
                        index: index, picture: frame, previous: index > 0 ? frames[index - 1] : nil,
                        reference: pattern(1)))
            }
            return try metric.finish()
        }
    }

    /// Every figure has a value or a reason, and every curve a number for each frame, whatever the video.
    @Test(arguments: [0, 1, 2, 3, 40], [true, false])
    func everyVideoHasAResult(count: Int, isStill: Bool) throws {
        let results = try results((0..<count).map { pattern(isStill ? 0 : $0 % 7) })
        #expect(results.count == MetricKind.all.count - (count < 3 ? 2 : 3))
        for result in results {
            #expect(!result.figures.isEmpty)
            for figure in result.figures {
                #expect((figure.value == nil) != (figure.reason == nil), "\(figure.name)")
                #expect(figure.value?.isFinite != false && figure.reason != "")
                #expect(figure.meaning.hasSuffix(".") && !figure.unit.isEmpty, "\(figure.name)")
            }
            for curve in result.curves { #expect(curve.values.count == count, "\(curve.name)") }
        }
        let names = results.flatMap { $0.figures.map(\.name) }
        #expect(Set(names).count == names.count)
        let curves = results.flatMap { $0.curves.map(\.name) }
        #expect(Set(curves).count == curves.count)
        if count == 0 { #expect(results.flatMap(\.figures).allSatisfy { $0.value == nil }) }
    }

    @Test func areFoundByName() throws {
        let names = MetricKind.all.map(\.name)
        #expect(Set(names).count == names.count)
        // In the order of the list, each once.
        #expect(
            try MetricKind.named(["motion", "cuts", "motion"]).map(\.name) == ["cuts", "motion"])
        #expect(throws: EvaluationError.unknownMetrics(["x", "y"], known: names)) {
            try MetricKind.named(["x", "cuts", "y"])
        }
        #expect(throws: EvaluationError.unknownMetrics([], known: names)) {
            try MetricKind.named([])
        }
    }
}
