import Foundation
import StreamingT2V

/// Shows how far an enhancement is: frames, network evaluations, frames per second, time left.
struct EnhancementMonitor {
    private let start = ContinuousClock.now

    /// Follows a job to its end.
    func follow(_ progress: AsyncStream<EnhancementProgress>) async {
        var hasShown = false
        for await now in progress {
            show(now)
            hasShown = true
        }
        if hasShown { Terminal.endProgress() }
    }

    func show(_ progress: EnhancementProgress) {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        var line = "enhanced \(progress.framesDelivered)"
        line += (progress.frames.map { "/\($0)" } ?? "") + " of \(progress.framesRead) read"
        line += "  evaluation \(progress.evaluations)"
        if let total = progress.totalEvaluations {
            let share = Double(progress.evaluations) / Double(max(total, 1))
            let left = seconds * (1 - share) / max(share, 1e-9)
            line = Terminal.bar(share) + "  " + line + "/\(total)"
            line += "  \(Terminal.duration(left)) left"
        } else {
            line += "  Ctrl-C ends"
        }
        Terminal.progress(line, isFinal: false)
    }
}
