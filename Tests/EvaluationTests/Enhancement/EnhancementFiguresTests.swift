import StreamingT2V
import Testing
import Torch
import VideoIO

@testable import Evaluation

/// The figures of `study enhancement`, on videos whose figures are known.
@Suite struct EnhancementFiguresTests {
    private func grey(_ level: UInt8, width: Int = 4) -> RGBFrame {
        RGBFrame(width: width, height: 2, pixels: Array(repeating: level, count: width * 2 * 3))
    }

    private func settings(
        seam: EnhancementDefaults.Seam, lowDelaySteps: Int = 0
    ) throws -> EnhancementSettings {
        var request = EnhancementRequest(prompt: "a", seed: 5)
        request.changes.seam = seam
        request.changes.chunkLength = 8
        request.changes.overlap = 4
        request.changes.steps = 3
        request.lowDelaySteps = lowDelaySteps
        return try request.settings(EnhancementDefaults())
    }

    /// 10 levels of 255 everywhere: 28.13 dB.
    @Test func psnrIsOfAllPixels() throws {
        var tally = EnhancementTally()
        try tally.add([grey(110), grey(90)], truth: [grey(100), grey(100)], borders: nil)
        #expect(abs(tally.psnr - 28.1308) < 1e-3)
        #expect(tally.seam == nil)
    }

    /// Columns 0, 20, 0, 20: squares of 400 to the right, 0 below.
    @Test func gradientEnergyIsOfNeighbours() throws {
        let row = [0, 20, 0, 20].flatMap { [UInt8](repeating: $0, count: 3) }
        let striped = RGBFrame(width: 4, height: 2, pixels: row + row)
        // 6 pairs side by side, 4 one above the other.
        #expect(abs(striped.gradientEnergy - 400 * 6 / 10) < 1e-9)
        let half = RGBFrame(width: 4, height: 2, pixels: (row + row).map { $0 / 2 })
        var tally = EnhancementTally()
        try tally.add([half], truth: [striped], borders: nil)
        #expect(abs(tally.gradientShare - 0.25) < 1e-9)
    }

    /// Changes of 2 levels, but 3 where chunks are joined; what lies in a shared stretch otherwise does not count.
    @Test func seamIsTheChangeWhereChunksMeet() throws {
        let joins = try settings(seam: .fixed).joins(frames: 20)
        #expect(joins.joined == [6, 10, 14])
        #expect(joins.shared == Set(4...8).union(8...12).union(12...16))
        var level = 0
        let video = (0..<20).map { frame in
            if frame > 0 { level += joins.joined.contains(frame) ? 3 : frame == 8 ? 50 : 2 }
            return grey(UInt8(level))
        }
        var tally = EnhancementTally()
        try tally.add(video, truth: video, borders: joins)
        #expect(abs(try #require(tally.seam) - 0.5) < 1e-9)
        #expect(abs(try #require(tally.seamBeyondMotion)) < 1e-9)
        // The truth's own change is even: all of the seam is the chunks'.
        var steady = EnhancementTally()
        try steady.add(video, truth: (0..<20).map { grey(UInt8($0 * 4)) }, borders: joins)
        #expect(abs(try #require(steady.seamBeyondMotion) - 0.5) < 1e-9)
    }

    /// Joins are those of the last step; without blending in it, they lie behind the overlap.
    @Test func joinsAreThoseOfTheLastStep() throws {
        let random = try settings(seam: .code)
        let joins = try random.joins(frames: 20)
        let policy = random.sampling.blending
        let expected = (1...3).map { boundary in
            boundary * 4
                + policy.offset(
                    overlap: 4, step: 2, boundary: boundary, from: RandomGenerator(seed: 5))
        }
        #expect(joins.joined == Set(expected))
        let low = try settings(seam: .code, lowDelaySteps: 1).joins(frames: 20)
        #expect(low.joined == [8, 12, 16])
        #expect(try settings(seam: .independent).joins(frames: 8).joined == [])
    }

    @Test func timeSlicesAreRowsOverTime() {
        func pixels(row: Int, time: Int) -> [UInt8] {
            (0..<6).map { (place: Int) -> UInt8 in UInt8(100 * row + 10 * time + place) }
        }
        let frames = (0..<3).map { (time: Int) -> RGBFrame in
            RGBFrame(
                width: 2, height: 2, pixels: pixels(row: 0, time: time) + pixels(row: 1, time: time)
            )
        }
        let slice = RGBFrame.timeSlice(frames, row: 1)
        #expect(slice.width == 2 && slice.height == 3)
        var expected: [UInt8] = []
        for time in 0..<3 { expected += pixels(row: 1, time: time) }
        #expect(slice.pixels == expected)
    }
}
