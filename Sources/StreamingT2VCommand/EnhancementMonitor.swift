import Foundation
import StreamingT2V
import Synchronization

/// Shows how far an enhancement is: frames, network evaluations, frames per second, time left.
final class EnhancementMonitor: Sendable {
    private let state = Mutex<(last: EnhancementProgress?, hasShown: Bool)>((nil, false))
    private let start = ContinuousClock.now

    /// Network evaluations so far.
    var evaluations: Int { state.withLock { $0.last?.evaluations ?? 0 } }

    func show(_ progress: EnhancementProgress) {
        state.withLock { $0 = (progress, true) }
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

    func end() {
        if state.withLock({ $0.hasShown }) { Terminal.endProgress() }
    }
}
