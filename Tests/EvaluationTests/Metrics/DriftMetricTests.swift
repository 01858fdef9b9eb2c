import Testing
import VideoIO

@testable import Evaluation

@Suite struct DriftMetricTests {
    @Test func statisticsOfKnownPictures() {
        let red = FrameStatistics(plain(200, 100, 0))
        #expect(abs(red.luminance - (0.299 * 200 + 0.587 * 100)) < 1e-9)
        #expect(red.contrast < 1e-9 && red.saturation == 100 && red.fineEnergy == 0)
        #expect(FrameStatistics(plain(200, 150, 100)).saturation == 50)
        #expect(FrameStatistics(grey(0)).saturation == 0)
        // Half black, half white: the deviation is half the range.
        let halves = RGBFrame(width: 2, height: 1, pixels: [0, 0, 0, 200, 200, 200])
        let statistics = FrameStatistics(halves)
        #expect(abs(statistics.luminance - 100) < 1e-9 && abs(statistics.contrast - 100) < 1e-9)
        #expect(statistics.fineEnergy == nil)
        // One lit pixel in the middle of 3×3: the Laplacian there is 4 × 10.
        var dot = grey(0, width: 3, height: 3)
        for byte in 12..<15 { dot.pixels[byte] = 10 }
        #expect(abs((FrameStatistics(dot).fineEnergy ?? 0) - 1600) < 1e-6)
    }

    @Test func coloursAreComparedByCells() {
        let half = RGBFrame(width: 2, height: 1, pixels: [0, 0, 0, 255, 0, 0])
        let black = FrameStatistics(grey(0, width: 2, height: 1))
        #expect(FrameStatistics(half).colourDistance(to: black) == 0.5)
        #expect(FrameStatistics(grey(31)).colourDistance(to: FrameStatistics(grey(0))) == 0)
        #expect(FrameStatistics(grey(32)).colourDistance(to: FrameStatistics(grey(0))) == 1)
    }

    /// 40 frames that grow brighter by a level each: the windows are 24 frames apart.
    @Test func comparesTheLastFramesWithTheFirst() throws {
        let result = try measure(DriftMetric(), (0..<40).map { grey(UInt8(40 + $0)) })
        #expect(result.settings["window_frames"] == "16")
        #expect(abs((result["drift_luminance"]?.value ?? 0) - 24) < 1e-9)
        #expect(abs(result["drift_contrast"]?.value ?? 1) < 1e-9)
        #expect(result["drift_saturation"]?.value == 0)
        #expect(result["drift_detail"]?.reason == "the first frames have no detail")
        // All of the last 16 frames (64 and more) lie in another cell than the first (40), none of the first 16 do.
        #expect(result["drift_colours"]?.value == 100)
        #expect(result.curve("luminance")?.count == 40)
    }

    @Test func detailIsARatio() throws {
        func dot(_ level: UInt8) -> RGBFrame {
            var frame = grey(0, width: 3, height: 3)
            for byte in 12..<15 { frame.pixels[byte] = level }
            return frame
        }
        let result = try measure(DriftMetric(), [dot(20), dot(20), dot(10), dot(10)])
        #expect(abs((result["drift_detail"]?.value ?? 0) - 0.25) < 1e-9)
    }

    @Test func edgesAreDefined() throws {
        let still = try measure(DriftMetric(), Array(repeating: pattern(1), count: 5))
        for name in ["drift_luminance", "drift_contrast", "drift_saturation", "drift_colours"] {
            #expect(still[name]?.value == 0, "\(name)")
        }
        #expect(still["drift_detail"]?.value == 1)
        for count in [0, 1] {
            let few = try measure(DriftMetric(), Array(repeating: pattern(1), count: count))
            #expect(few.figures.count == 5)
            #expect(few.figures.allSatisfy { $0.value == nil && $0.reason != nil })
        }
        let two = try measure(DriftMetric(), [grey(10), grey(15)])
        #expect(abs((two["drift_luminance"]?.value ?? 0) - 5) < 1e-9)
        let thin = try measure(DriftMetric(), [halfPixel, halfPixel])
        #expect(thin["drift_detail"]?.reason == "needs frames of at least 3×3 pixels")
        #expect(thin.curve("fine_detail") == [nil, nil])
    }

    private let halfPixel = RGBFrame(width: 2, height: 1, pixels: [0, 0, 0, 9, 9, 9])
}
