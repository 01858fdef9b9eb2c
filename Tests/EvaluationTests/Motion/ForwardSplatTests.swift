import Testing
import VideoIO

@testable import Evaluation

@Suite struct ForwardSplatTests {
    /// Three grey pixels in a row.
    private func row(_ values: [UInt8]) -> RGBFrame {
        RGBFrame(width: values.count, height: 1, pixels: values.flatMap { [$0, $0, $0] })
    }

    private func greys(_ splat: ForwardSplat) -> [UInt8] {
        let pixels = splat.warped.pixels
        return stride(from: 0, to: pixels.count, by: 3).map { pixels[$0] }
    }

    private func flow(_ horizontal: [Float]) -> FlowField {
        FlowField(
            width: horizontal.count, height: 1, horizontal: horizontal,
            vertical: [Float](repeating: 0, count: horizontal.count))
    }

    @Test func theLastSourceWins() {
        let splat = ForwardSplat(row([10, 20, 30]), along: flow([1, 0, -1]))
        #expect(greys(splat) == [0, 30, 0])
        #expect(splat.unknown == [true, false, true])
        #expect(splat.meanSquaredError(against: row([1, 34, 1])) == (16, 1))
    }

    @Test func halvesGoToTheEvenPixel() {
        // 0 + 0.5 → 0, 1 + 0.5 → 2, 2 + 0.5 → 2, 3 + 0.5 → 4, 4 + 0.5 → 4.
        let halves = ForwardSplat(
            row([10, 20, 30, 40, 50]), along: flow([0.5, 0.5, 0.5, 0.5, 0.5]))
        #expect(greys(halves) == [10, 0, 30, 0, 50])
        #expect(halves.unknown == [false, true, false, true, false])
        // −0.5 goes to 0, and stays inside.
        #expect(greys(ForwardSplat(row([10, 20]), along: flow([-0.5, 5]))) == [10, 0])
    }

    @Test func aLaterRowWins() {
        let frame = RGBFrame(
            width: 1, height: 2, pixels: [1, 2, 3, 4, 5, 6])
        let up = FlowField(width: 1, height: 2, horizontal: [0, 0], vertical: [0, -1])
        #expect(ForwardSplat(frame, along: up).warped.pixels == [4, 5, 6, 0, 0, 0])
    }

    @Test func nothingKnownIsNoError() {
        let splat = ForwardSplat(row([10, 20]), along: flow([9, 9]))
        #expect(splat.meanSquaredError(against: row([1, 2])) == (0, 0))
    }
}
