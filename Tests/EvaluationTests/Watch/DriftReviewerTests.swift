import Foundations
import Synchronization
import Testing
import VideoIO

@testable import Evaluation
@testable import StreamingT2V

@Suite struct DriftReviewerTests {
    /// Frames of moving stripes, one byte brighter or darker as asked.
    private func frames(_ range: Range<Int>, brightness: Int = 0, step: Int = 1) -> [RGBFrame] {
        range.map { index in
            var pixels: [UInt8] = []
            for _ in 0..<16 {
                for column in 0..<16 {
                    let level = 80 + ((column + step * index) % 8) * 8 + brightness
                    pixels += [UInt8(level), UInt8(level / 2), UInt8(level / 2)]
                }
            }
            return RGBFrame(width: 16, height: 16, pixels: pixels)
        }
    }

    private func chunk(_ index: Int, attempt: Int = 0, _ frames: [RGBFrame]) -> VideoChunk {
        VideoChunk(
            index: index, attempt: attempt, firstFrame: 8 * index, frames: frames,
            denoisingSeconds: 0, decodingSeconds: 0)
    }

    @Test func aSteadyVideoPasses() {
        let reviewer = DriftReviewer(policy: .stop)
        for index in 0..<5 {
            let verdict = reviewer.review(chunk(index, frames(8 * index..<8 * index + 8)))
            #expect(verdict == .accept)
            #expect(reviewer.lastReviews.map(\.warnings) == [[]])
        }
        let figures = reviewer.lastReviews[0].figures
        // The border is a step like any other; nothing else has changed.
        #expect(figures["border"] == 1)
        #expect(figures["luminance"] == 0 && figures["colours"] == 0 && figures["detail"] == 1)
        #expect(figures["freeze"] == 0)
        #expect((figures["motion"] ?? 0) > 5)
    }

    /// A reviewer that takes what another has saved judges as that one does.
    @Test func goesOnFromWhatWasSaved() throws {
        let first = DriftReviewer(policy: .stop)
        for index in 0..<3 { _ = first.review(chunk(index, frames(8 * index..<8 * index + 8))) }
        let second = DriftReviewer(policy: .stop)
        try second.restore(first.save(), lastFrame: frames(23..<24)[0])
        for brightness in [0, 3, 66] {
            let next = chunk(3, frames(24..<32, brightness: brightness))
            #expect(first.review(next) == second.review(next))
            #expect(first.lastReviews == second.lastReviews)
        }
        #expect(first.hasStopped && second.hasStopped)
        #expect(first.lastReviews[0].figures["border"] != nil)
    }

    @Test func warnsAndGoesOn() {
        let reviewer = DriftReviewer(policy: .warn)
        _ = reviewer.review(chunk(0, frames(0..<8)))
        // 66 levels of red and half of that of the others: 46 levels of luminance.
        let bright = chunk(1, frames(8..<16, brightness: 66))
        #expect(reviewer.review(bright) == .take(attempt: 0))
        let warnings = reviewer.lastReviews[0].warnings
        #expect(warnings.contains { $0.hasPrefix("luminance is off by 4") })
        #expect(warnings.contains { $0.hasPrefix("the border jumps by") })
        #expect(!reviewer.hasStopped)
        // The chunk is part of the video now: going on from it there is no new border.
        let next = chunk(2, frames(16..<24, brightness: 66))
        #expect(reviewer.review(next) == .take(attempt: 0))
        #expect(reviewer.lastReviews[0].figures["border"] == 1)
    }

    @Test func stops() {
        let reviewer = DriftReviewer(policy: .stop)
        _ = reviewer.review(chunk(0, frames(0..<8)))
        #expect(reviewer.review(chunk(1, frames(8..<16, brightness: 80))) == .stop)
        #expect(reviewer.hasStopped)
        #expect(reviewer.lastReviews.count == 1 && !reviewer.lastReviews[0].warnings.isEmpty)
    }

    @Test func retriesAndTakesTheFirstGoodAttempt() {
        let reviewer = DriftReviewer(policy: .retry, retries: 3)
        _ = reviewer.review(chunk(0, frames(0..<8)))
        #expect(reviewer.review(chunk(1, frames(8..<16, brightness: 80))) == .retry)
        #expect(reviewer.review(chunk(1, attempt: 1, frames(8..<16))) == .accept)
        #expect(reviewer.lastReviews.map(\.attempt) == [0, 1])
        #expect(reviewer.lastReviews.map { $0.warnings.isEmpty } == [false, true])
        #expect(reviewer.review(chunk(2, frames(16..<24))) == .accept)
        #expect(reviewer.lastReviews.map(\.attempt) == [0])
    }

    @Test func ofBadAttemptsTheBestOneStays() {
        let reviewer = DriftReviewer(policy: .retry, retries: 2)
        _ = reviewer.review(chunk(0, frames(0..<8)))
        for (attempt, brightness, verdict) in [
            (0, 90, ChunkVerdict.retry), (1, 70, .retry), (2, 80, .take(attempt: 1)),
        ] {
            let again = chunk(1, attempt: attempt, frames(8..<16, brightness: brightness))
            #expect(reviewer.review(again) == verdict)
        }
        // What comes next is measured against the attempt that was taken.
        _ = reviewer.review(chunk(2, frames(16..<24, brightness: 70)))
        #expect(reviewer.lastReviews[0].figures["border"] == 1)
    }

    @Test func aFrozenChunkIsNoticedIfTheFirstOneMoved() {
        let reviewer = DriftReviewer(policy: .stop)
        _ = reviewer.review(chunk(0, frames(0..<8)))
        #expect(reviewer.review(chunk(1, frames(8..<16, step: 0))) == .stop)
        #expect(reviewer.lastReviews[0].figures["freeze"] == 100)
        let still = DriftReviewer(policy: .stop)
        for index in 0..<3 {
            #expect(still.review(chunk(index, frames(0..<8, step: 0))) == .accept)
        }
    }

    @Test func limitsAreRead() throws {
        let limits = try WatchLimits(parsing: "border=3,luminance=20.5")
        #expect(limits.border == 3 && limits.luminance == 20.5)
        #expect(limits.freeze == WatchLimits().freeze)
        for wrong in ["border", "speed=2", "border=x", "border=0", "border=-1", "border=inf", "=1"]
        {
            #expect(throws: InvalidField.self) { try WatchLimits(parsing: wrong) }
        }
        var strict = WatchLimits()
        strict.luminance = 1
        let reviewer = DriftReviewer(policy: .stop, limits: strict)
        _ = reviewer.review(chunk(0, frames(0..<8)))
        #expect(reviewer.review(chunk(1, frames(8..<16, brightness: 3))) == .stop)
    }
}
