import Foundation
import StreamingT2V

/// Shows how far a generation is: chunk, step, frames per second, time left.
///
/// `@unchecked Sendable`: the generator's thread alone calls ``show(_:)``, and ``end()`` comes after its last call.
final class ProgressMonitor: @unchecked Sendable {
    private let total: Int?
    private let chunkFrames: @Sendable (Int) -> Range<Int>
    private let start = ContinuousClock.now
    private var hasShown = false

    init(total: Int?, chunkFrames: @escaping @Sendable (Int) -> Range<Int>) {
        self.total = total
        self.chunkFrames = chunkFrames
    }

    func show(_ progress: GenerationProgress) {
        let range = chunkFrames(progress.chunk)
        let share = Double(progress.step) / Double(progress.steps)
        let done = Double(range.lowerBound) + share * Double(range.count)
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
        Terminal.progress(line, isFinal: false)
    }

    func end() {
        if hasShown, Terminal.isInteractive { Terminal.write("\n") }
    }
}
