import Foundation
import Testing
import VideoIO

@testable import Evaluation

@Suite struct MotionAwareWarpErrorTests {
    private func report(
        _ frames: [RGBFrame], _ flows: [FlowField],
        readings: Set<MotionAwareWarpError.Reading> = [.script], coefficient: Double = 9.5
    ) throws -> MotionReport {
        let size = FrameSize(width: frames[0].width, height: frames[0].height)
        var meter = MotionAwareWarpError(
            estimator: SuppliedFlows(flows), readings: readings, frameSize: size,
            coefficient: coefficient)
        for frame in frames { try meter.append(frame) }
        return meter.finish()
    }

    @Test func wholePixelTranslationHasNoError() throws {
        // The window moves by (2, 1), so what is seen moves by (−2, −1).
        let frames = (0..<4).map { Pattern.window(x: 2 * $0, y: $0) }
        let there = FlowField.constant(-2, -1, width: 12, height: 9)
        let back = FlowField.constant(2, 1, width: 12, height: 9)
        let report = try report(
            frames, [there, back, there, back, there, back], readings: [.script, .paper])
        #expect(report.maweScript == .value(0))
        #expect(report.mawePaper == .value(0))
        #expect(report.frameCount == 4)
        #expect(report.pairs.count == 3)
        let pair = try #require(report.pairs.first)
        #expect(abs(pair.meanMagnitude - 5.0.squareRoot()) < 1e-6)
        #expect(pair.meanSquaredMagnitude == 5)
        #expect(pair.knownShare == 80.0 / 108)  // 10 × 8 of 12 × 9 pixels stay inside
        #expect(pair.visibleShare == 80.0 / 108)
        #expect(report.opticalFlowScore == 5)
        #expect(report.estimator == "supplied")
    }

    @Test func wrongFlowIsPunishedInBothReadings() throws {
        // Grey 10 becomes grey 16 while a flow of (3, 4) is claimed: 6² per channel, 3 · 6² per colour.
        let frames = [Pattern.grey(10, width: 8, height: 8), Pattern.grey(16, width: 8, height: 8)]
        let flows = [
            FlowField.constant(3, 4, width: 8, height: 8),
            FlowField.constant(-3, -4, width: 8, height: 8),
        ]
        let both = try report(frames, flows, readings: [.script, .paper])
        #expect(abs(try #require(both.maweScript?.value) - 36 / (9.5 * 5)) < 1e-12)
        #expect(abs(try #require(both.mawePaper?.value) - 108.0 / 25) < 1e-12)
        let other = try report(frames, flows, readings: [.script], coefficient: 2)
        #expect(abs(try #require(other.maweScript?.value) - 3.6) < 1e-12)
        #expect(other.mawePaper == nil)
        #expect(try report(frames, flows, readings: [.paper]).maweScript == nil)
    }

    @Test func theScriptAveragesRatiosAndThePaperDividesAverages() throws {
        let size = (width: 8, height: 8)
        let greys: [UInt8] = [10, 12, 18]
        let frames = greys.map { Pattern.grey($0, width: size.width, height: size.height) }
        let flows: [(Float, Float)] = [(1, 0), (-1, 0), (0, 3), (0, -3)]
        let report = try report(
            frames,
            flows.map { FlowField.constant($0.0, $0.1, width: size.width, height: size.height) },
            readings: [.script, .paper], coefficient: 1)
        let meanOfRatios = 8.0  // 2² / 1 and 6² / 3
        let ratioOfMeans = 12.0  // 3 · 2² + 3 · 6² by 1² + 3²
        #expect(abs(try #require(report.maweScript?.value) - meanOfRatios) < 1e-12)
        #expect(abs(try #require(report.mawePaper?.value) - ratioOfMeans) < 1e-12)
        #expect(report.flowDeviationOverTime == 1)  // magnitudes 1 and 3
        #expect(report.flowDeviationOverSpace == 0)
    }

    @Test func flowOutOfTheFrameHasNoErrorInTheScript() throws {
        let away = FlowField.constant(100, -100, width: 12, height: 9)
        let back = FlowField.constant(-100, 100, width: 12, height: 9)
        let frames = [Pattern.window(x: 0, y: 0), Pattern.window(x: 5, y: 3)]
        let report = try report(frames, [away, back], readings: [.script, .paper])
        #expect(report.maweScript == .value(0))
        #expect(report.pairs.map(\.knownShare) == [0])
        #expect(report.mawePaper == .undefined(.nothingVisible))
        #expect(report.pairs.map(\.warpError) == [nil])
    }

    @Test func hugeFlowLeavesTheFrame() throws {
        let away = FlowField.constant(1e18, -1e18, width: 4, height: 4)
        let report = try report([Pattern.grey(1), Pattern.grey(9)], [away])
        #expect(report.maweScript == .value(0))
    }

    @Test func videosWithoutMotionHaveNoScore() throws {
        let still = FlowField.constant(0, 0, width: 4, height: 4)
        let moving = FlowField.constant(1, 0, width: 4, height: 4)
        let same = [Pattern.grey(7), Pattern.grey(7), Pattern.grey(7)]
        let frozen = try report(
            same, [still, still, still, still], readings: [.script, .paper])
        #expect(frozen.maweScript == .undefined(.noMotion))
        #expect(frozen.mawePaper == .undefined(.noMotion))
        // One still pair among moving ones is enough for the mean of ratios, not for the ratio of means.
        let half = try report(
            same, [moving, .constant(-1, 0, width: 4, height: 4), still, still],
            readings: [.script, .paper])
        #expect(half.maweScript == .undefined(.noMotion))
        #expect(half.mawePaper == .value(0))
        let flicker = try report(
            [Pattern.grey(7), Pattern.grey(9)], [still, still], readings: [.script, .paper])
        #expect(flicker.maweScript == .undefined(.changeWithoutMotion))
        #expect(flicker.mawePaper == .undefined(.changeWithoutMotion))
    }

    @Test(arguments: [0, 1]) func tooFewFramesHaveNoScore(count: Int) throws {
        var meter = MotionAwareWarpError(
            estimator: SuppliedFlows([]), frameSize: FrameSize(width: 4, height: 4))
        for _ in 0..<count { try meter.append(Pattern.grey(3)) }
        let report = meter.finish()
        #expect(report.frameCount == count)
        #expect(report.maweScript == .undefined(.tooFewFrames))
        #expect(report.mawePaper == .undefined(.tooFewFrames))
        #expect(report.opticalFlowScore == nil)
        #expect(report.flowDeviationOverTime == nil)
    }

    @Test func occludedPixelsDoNotCountInThePaper() throws {
        // The backward flow contradicts the forward one in the right half: only the left half counts.
        let forward = FlowField.constant(0, 3, width: 8, height: 8)
        let backward = FlowField(
            width: 8, height: 8, horizontal: (0..<64).map { $0 % 8 < 4 ? 0 : 5 },
            vertical: [Float](repeating: -3, count: 64))
        var later = Pattern.grey(20, width: 8, height: 8)
        for index in 0..<64 where index % 8 >= 4 { later.pixels[index * 3] = 255 }
        let report = try report(
            [Pattern.grey(16, width: 8, height: 8), later], [forward, backward],
            readings: [.paper])
        #expect(report.pairs.first?.warpError == 48)
        // 4 columns, of whose 8 rows 5 stay inside.
        #expect(report.pairs.first?.visibleShare == 20.0 / 64)
    }

    @Test func halfPixelsAreInterpolatedInThePaper() throws {
        // Columns 0, 10, 20, …: half a pixel to the right of each is 5 brighter.
        let ramp = RGBFrame(
            width: 6, height: 2,
            pixels: (0..<12).flatMap { index in [UInt8](repeating: UInt8(index % 6 * 10), count: 3)
            })
        let report = try report(
            [ramp, ramp],
            [.constant(0.5, 0, width: 6, height: 2), .constant(-0.5, 0, width: 6, height: 2)],
            readings: [.paper])
        #expect(report.pairs.first?.warpError == 75)
        #expect(report.pairs.first?.visibleShare == 10.0 / 12)
        #expect(report.mawePaper == .value(300))
    }

    @Test func framesAreResizedFirst() throws {
        var meter = MotionAwareWarpError(
            estimator: SuppliedFlows([.constant(1, 0, width: 8, height: 4)]), readings: [.script],
            frameSize: FrameSize(width: 8, height: 4))
        try meter.append(Pattern.grey(10))
        try meter.append(Pattern.grey(12, width: 5, height: 9))
        #expect(meter.finish().pairs.map(\.splatError) == [4])
        #expect(FrameSize.published == FrameSize(width: 720, height: 720))
    }

    @Test func wrongFlowsOfAnEstimatorAreErrors() throws {
        let wrongSize = FlowField.constant(1, 0, width: 3, height: 4)
        #expect(
            throws: OpticalFlowError.flowSizeMismatch(
                estimator: "supplied", pair: 0, expected: [4, 4], actual: [3, 4])
        ) { try report([Pattern.grey(1), Pattern.grey(2)], [wrongSize]) }
        for value in [Float.nan, .infinity, 1e30] {
            let bad = FlowField.constant(value, 0, width: 4, height: 4)
            #expect(throws: OpticalFlowError.flowNotFinite(estimator: "supplied", pair: 0)) {
                try report([Pattern.grey(1), Pattern.grey(2)], [bad])
            }
        }
    }

    @Test func meterBeginsAnewAfterFinish() throws {
        let flow = FlowField.constant(1, 0, width: 4, height: 4)
        var meter = MotionAwareWarpError(
            estimator: SuppliedFlows([flow, flow]), readings: [.script],
            frameSize: FrameSize(width: 4, height: 4))
        for value in [UInt8(1), 3] { try meter.append(Pattern.grey(value)) }
        let first = meter.finish()
        for value in [UInt8(1), 3] { try meter.append(Pattern.grey(value)) }
        #expect(meter.finish() == first)
    }

    @Test func reportsAreValidJSON() throws {
        let still = FlowField.constant(0, 0, width: 4, height: 4)
        let frozen = try report([Pattern.grey(7), Pattern.grey(7)], [still])
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let data = try encoder.encode(frozen)
        let text = try #require(String(data: data, encoding: .utf8))
        #expect(text.contains(#""mawe_script":{"undefined":"no motion"}"#))
        #expect(try decoder.decode(MotionReport.self, from: data) == frozen)
        let score = try JSONEncoder().encode(WarpErrorScore.value(52.25))
        #expect(String(data: score, encoding: .utf8) == #"{"value":52.25}"#)
        #expect(try JSONDecoder().decode(WarpErrorScore.self, from: score).value == 52.25)
    }
}
