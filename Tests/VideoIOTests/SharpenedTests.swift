import Testing

@testable import VideoIO

/// Edges made stronger.
@Suite struct SharpenedTests {
    private func frame(_ values: [UInt8], width: Int) -> RGBFrame {
        RGBFrame(
            width: width, height: values.count / width, pixels: values.flatMap { [$0, $0, $0] })
    }

    private func values(_ frame: RGBFrame) -> [UInt8] {
        stride(from: 0, to: frame.pixels.count, by: 3).map { frame.pixels[$0] }
    }

    /// A dot of 160 on 0 is blurred to a quarter of it; by 0.5, it grows by half of the rest, and its neighbours cannot
    /// get darker.
    @Test func aDotGrowsByWhatABlurTakes() {
        let dot = frame([100, 100, 100, 100, 180, 100, 100, 100, 100], width: 3)
        // The dot: 180 + 0.5 · (80 − 20); beside it: 100 − 0.5 · 10; at a corner: 100 − 0.5 · 5.
        #expect(values(dot.sharpened(0.5)) == [98, 95, 98, 95, 210, 95, 98, 95, 98])
    }

    @Test func flatAreasAndColoursStay() {
        let flat = RGBFrame(
            width: 2, height: 2, pixels: Array(repeating: [9, 99, 199], count: 4).flatMap { $0 })
        #expect(flat.sharpened(2) == flat)
        let step = frame([10, 200, 10, 200], width: 2)
        #expect(step.sharpened(0) == step)
        // Beyond the border the pixels go on: a step of 190 grows on both sides by a quarter of it, to the range's ends.
        #expect(values(step.sharpened(1)) == [0, 248, 0, 248])
    }
}
