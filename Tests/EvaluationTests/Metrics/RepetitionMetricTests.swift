import Testing
import VideoIO

@testable import Evaluation

@Suite struct RepetitionMetricTests {
    /// A ramp of `period` levels, which begins again.
    private func loop(period: Int, count: Int) -> [RGBFrame] {
        (0..<count).map { grey(UInt8($0 % period * 5)) }
    }

    @Test func aLoopIsFound() throws {
        let result = try measure(RepetitionMetric(), loop(period: 40, count: 120))
        // All frames from 40 on have been seen.
        #expect(abs((result["repetition"]?.value ?? 0) - 100 * 80.0 / 120) < 1e-9)
        #expect(result["repetition_loop"]?.value == 40)
        let curve = try #require(result.curve("distance_to_earlier"))
        #expect(curve[45] == 0 && curve[3] == nil)
    }

    @Test func whatNeverReturnsDoesNotRepeat() throws {
        let result = try measure(RepetitionMetric(), (0..<50).map { grey(UInt8($0 * 5)) })
        #expect(result["repetition"]?.value == 0)
        #expect(result["repetition_loop"]?.reason == "nothing is repeated")
    }

    /// A still video has not moved away, and a loop shorter than 16 frames counts as motion.
    @Test func stillnessIsNoRepetition() throws {
        let still = try measure(RepetitionMetric(), Array(repeating: pattern(2), count: 40))
        #expect(still["repetition"]?.value == 0)
        // Away for a moment, then as before.
        var frames = Array(repeating: grey(50), count: 60)
        frames[30] = grey(90)
        let blink = try measure(RepetitionMetric(), frames)
        #expect(blink["repetition"]?.value.map { $0 > 40 && $0 < 50 } == true)
    }

    @Test func thresholdsDecide() throws {
        func back(to level: UInt8, by way: UInt8) throws -> Double? {
            var frames = Array(repeating: grey(50), count: 40)
            frames[20] = grey(way)
            for index in 21..<40 { frames[index] = grey(level) }
            return try measure(RepetitionMetric(), frames)["repetition"]?.value
        }
        #expect(try back(to: 51, by: 90) ?? 0 > 0)
        #expect(try back(to: 52, by: 90) == 0)  // 2 levels are more than 1.5
        #expect(try back(to: 50, by: 53) == 0)  // 3 levels are not away
    }

    /// Long videos are remembered sparsely and the loop is still seen.
    @Test func memoryIsBounded() throws {
        let frames = loop(period: 40, count: 400)
        let result = try measure(RepetitionMetric(capacity: 32), frames)
        #expect(result.settings["remembered_every_frames"] == "16")
        #expect(result["repetition"]?.value ?? 0 > 10)
        let all = try measure(RepetitionMetric(), frames)
        #expect(all["repetition"]?.value == 90)
    }

    @Test func thumbnailsAreMeansOfCells() {
        var frame = grey(0, width: 32, height: 32)
        for pixel in [0, 1, 32, 33] { frame.pixels[pixel * 3] = UInt8(pixel + 10) }
        let small = RepetitionMetric.thumbnail(frame)
        #expect(small.count == 16 * 16 * 3)
        #expect(small[0] == 27 && small[1] == 0 && small[3] == 0)  // (10 + 11 + 42 + 43) / 4 = 26.5
        #expect(RepetitionMetric.thumbnail(grey(9, width: 1, height: 3)).allSatisfy { $0 == 9 })
    }

    @Test func edgesAreDefined() throws {
        for count in [0, 1, 2, 16] {
            let few = try measure(RepetitionMetric(), loop(period: 8, count: count))
            #expect(few["repetition"]?.reason == "needs 17 frames, the video has \(count)")
            #expect(few["repetition_loop"]?.value == nil)
        }
    }
}
