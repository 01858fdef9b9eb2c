import Foundations
import Testing
import VideoIO

@testable import Evaluation

/// Metrics that look at the change from frame to frame.
@Suite struct ChangeMetricsTests {
    /// Steps of 0, 2 and 4 levels.
    private let steps = [grey(10), grey(10), grey(12), grey(16)]

    @Test func flickerIsVBenchsFormula() throws {
        #expect(try measure(FlickerMetric(), steps)["flicker"]?.value == (255 - 2.0) / 255)
        // One colour of three changes: a third of the bytes.
        let coloured = [plain(0, 50, 50), plain(255, 50, 50)]
        #expect(try measure(FlickerMetric(), coloured)["flicker"]?.value == (255 - 85.0) / 255)
    }

    @Test func motionIsTheMeanChange() throws {
        let result = try measure(MotionMetric(), steps)
        #expect(result["motion"]?.value == 2)
        #expect(result.curve("change") == [nil, 0, 2, 4])
        // One step each: the first is still.
        #expect(result["motion_kept"]?.reason == "nothing moves at the start")
        let levels: [UInt8] = [0, 4, 8, 9, 10]
        let slower = try measure(MotionMetric(), levels.map { grey($0) })
        #expect(slower["motion_kept"]?.value == 0.25)
    }

    @Test func aPairFreezesUpToAThousandth() throws {
        // 48 bytes: a change of 12 levels in all is 0.25, of 13 more than 0.255.
        var below = grey(10)
        below.pixels[0] = 22
        var above = below
        above.pixels[0] = 35
        let result = try measure(FreezeMetric(), [grey(10), grey(10), below, above, above])
        #expect(result["freeze"]?.value == 75)
        #expect(result["freeze_longest"]?.value == 2)
    }

    @Test func bordersAreComparedWithTheMedianInside() throws {
        // Steps of 2, of 10 into frame 4, of 6 into frame 6.
        let levels: [UInt8] = [0, 2, 4, 6, 16, 18, 24, 26]
        let borders = try ChunkBorders(chunkFrames: 4, overlap: 2)
        let result = try measure(ChunkBorderMetric(borders: borders), levels.map { grey($0) })
        #expect(result.marks == [4, 6])
        #expect(result["border_jump"]?.value == 4)  // (5 + 3) / 2
        #expect(result["border_jump_worst"]?.value == 5)
        let listed = ChunkBorders(frames: [4], source: "manifest")
        let other = try measure(ChunkBorderMetric(borders: listed), levels.map { grey($0) })
        #expect(other["border_jump"]?.value == 5 && other.settings["chunks"] == "manifest")
    }

    @Test func chunksBeginWhereTheReleasesDo() throws {
        let standard = ChunkBorders.standard
        #expect((0..<50).filter(standard.contains) == [16, 24, 32, 40, 48])
        let apart = try ChunkBorders(chunkFrames: 10, overlap: 0)
        #expect((0..<31).filter(apart.contains) == [10, 20, 30])
        #expect(throws: InvalidField.self) { try ChunkBorders(chunkFrames: 8, overlap: 8) }
        #expect(throws: InvalidField.self) { try ChunkBorders(chunkFrames: 0, overlap: 0) }
    }

    /// Static videos, and videos too short for a pair.
    @Test func edgesAreDefined() throws {
        let still = Array(repeating: grey(77), count: 20)
        #expect(try measure(FlickerMetric(), still)["flicker"]?.value == 1)
        #expect(try measure(MotionMetric(), still)["motion"]?.value == 0)
        #expect(try measure(FreezeMetric(), still)["freeze"]?.value == 100)
        #expect(try measure(FreezeMetric(), still)["freeze_longest"]?.value == 19)
        let border = try measure(ChunkBorderMetric(borders: .standard), still)
        #expect(border["border_jump"]?.reason == "nothing moves inside the chunks")
        let early = try measure(ChunkBorderMetric(borders: .standard), steps)
        #expect(early["border_jump"]?.reason == "the video ends before the first border")
        #expect(early["border_jump_worst"]?.value == nil)
        for count in [0, 1] {
            let reason = "needs 2 frames, the video has \(count)"
            let few = Array(still.prefix(count))
            for result in [
                try measure(FlickerMetric(), few), try measure(FreezeMetric(), few),
                try measure(ChunkBorderMetric(borders: .standard), few),
            ] {
                #expect(result.figures.allSatisfy { $0.reason == reason && $0.value == nil })
            }
            #expect(try measure(MotionMetric(), few)["motion"]?.reason == reason)
        }
        #expect(try measure(MotionMetric(), Array(steps.prefix(2)))["motion_kept"]?.value == nil)
    }

    @Test func cutsAreThoseOfTheDetector() throws {
        let frames = (0..<40).map { index in
            let tint: (Int, Int, Int) = index < 14 ? (150, 20, 20) : (10, 30, 140)
            return RGBFrame(
                width: 16, height: 1,
                pixels: (0..<16).flatMap { x in
                    [tint.0, tint.1, tint.2].map { UInt8($0 + abs((x + index) % 16 - 8) * 4) }
                })
        }
        let result = try measure(SceneCutsMetric(), frames)
        #expect(result["cuts"]?.value == 1 && result.marks == [14])
        #expect(result.settings["detector"] == "PySceneDetect 0.6.3 AdaptiveDetector")
        let curve = try #require(result.curve("content_change"))
        #expect(curve.count == 40 && curve[0] == nil && (curve[14] ?? 0) > 15)
        // 0.7.2 wants 15 frames before the first cut.
        #expect(try measure(SceneCutsMetric(version: .v0_7_2), frames)["cuts"]?.value == 0)
        #expect(try measure(SceneCutsMetric(), [])["cuts"]?.reason != nil)
        #expect(try measure(SceneCutsMetric(), [frames[0]])["cuts"]?.value == 0)
    }
}
