import Testing
import VideoIO

@testable import Evaluation

@Suite struct WarpErrorMetricTests {
    /// A bar that moves by two pixels a frame, on 64 × 64.
    private func frames(_ count: Int, step: Int) -> [RGBFrame] {
        (0..<count).map { index in
            var pixels = [UInt8](repeating: 30, count: 64 * 64 * 3)
            for row in 0..<64 {
                for column in 0..<64 where (column + step * index) / 8 % 2 == 0 && row > 16 {
                    for channel in 0..<3 { pixels[(row * 64 + column) * 3 + channel] = 200 }
                }
            }
            return RGBFrame(width: 64, height: 64, pixels: pixels)
        }
    }

    private func measure(_ frames: [RGBFrame]) throws -> MetricResult {
        var metric = WarpErrorMetric(estimator: DISFlowEstimator())
        var previous: RGBFrame?
        for (index, frame) in frames.enumerated() {
            try metric.append(ObservedFrame(index: index, picture: frame, previous: previous))
            previous = frame
        }
        return metric.finish()
    }

    @Test func namesItsFlowAndBothReadings() throws {
        let result = try measure(frames(3, step: 2))
        #expect(result.settings["flow"]?.hasPrefix("DIS (OpenCV") == true)
        #expect(
            result.figures.map(\.name) == [
                "mawe_script", "mawe_paper", "flow_deviation_time", "flow_deviation_space",
            ])
        #expect(try #require(result.figures[0].value) > 0)
        #expect(try #require(result.figures[1].value) > 0)
        // One entry per frame, the first without a pair.
        let flow = try #require(result.curves.first { $0.name == "flow" }).values
        #expect(flow.count == 3 && flow[0] == nil && (flow[1] ?? 0) > 1)
    }

    @Test func aStillVideoHasNoScore() throws {
        let result = try measure(frames(2, step: 0))
        #expect(result.figures[0].reason == "no motion")
        #expect(result.figures[1].reason == "no motion")
        #expect(result.figures[2].value == 0)
        let single = try measure(frames(1, step: 0))
        #expect(single.figures[0].reason == "too few frames")
        #expect(single.figures[2].value == nil)
    }
}
