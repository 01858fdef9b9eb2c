import Foundation
import StreamingT2V

/// Shows how far a generation is: chunk, step, frames per second, time left.
///
/// `@unchecked Sendable`: the generator's thread alone calls the two `show`s, after ``begin()`` and before ``end()``.
final class ProgressMonitor: @unchecked Sendable {
    private let total: Int?
    private var start = ContinuousClock.now
    private var given = 0
    private var hasShown = false
    private var note = ""

    /// - Parameter total: frames that are generated, or `nil` if the video is endless.
    init(total: Int?) {
        self.total = total
    }

    /// Starts the clock; before anything is shown.
    ///
    /// - Parameter given: frames that the video begins with and that are not generated.
    func begin(behind given: Int) {
        start = .now
        self.given = given
    }

    /// - Parameter range: numbers of the frames that the chunk adds.
    func show(_ progress: GenerationProgress, of range: Range<Int>) {
        let share = Double(progress.step) / Double(progress.steps)
        let done = Double(range.lowerBound - given) + share * Double(range.count)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let rate = done / max(seconds, 1e-9)
        var line = "chunk \(progress.chunk + 1)" + (progress.chunks.map { "/\($0)" } ?? "")
        if progress.attempt > 0 { line += " again (\(progress.attempt))" }
        line += "  step \(progress.step)/\(progress.steps)"
        line += "  \(Terminal.number(rate)) frames/s"
        if let total {
            line = Terminal.bar(done / Double(total)) + "  " + line
            line += "  \(Terminal.duration((Double(total) - done) / max(rate, 1e-9))) left"
        } else {
            line += "  \(Int(done)) frames, Ctrl-C ends"
        }
        hasShown = true
        Terminal.progress(line + note, isFinal: false)
    }

    /// Adds to the line what the watch found on the last chunk; warnings get lines of their own.
    func show(_ review: GenerationManifest.Review, of chunk: VideoChunk) {
        let shown = ["border", "motion", "luminance", "saturation", "colours"].compactMap { name in
            review.figures[name].map { "\(name) \(Terminal.number($0))" }
        }
        note = "  " + shown.joined(separator: " ")
        for warning in review.warnings {
            Terminal.progress(
                "chunk \(chunk.index + 1), seed +\(chunk.attempt): \(warning)", isFinal: true)
        }
    }

    func end() {
        if hasShown { Terminal.endProgress() }
    }
}
