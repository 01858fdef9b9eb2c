import Foundation
import Hub
import Synchronization

/// Shows how far a download is: bytes, rate, time left.
final class DownloadMonitor: Sendable {
    private let start = ContinuousClock.now
    private let lastShown = Mutex<ContinuousClock.Instant?>(nil)
    private let last = Mutex<DownloadProgress?>(nil)

    /// Takes note; the line is rewritten five times per second at most.
    func show(_ progress: DownloadProgress) {
        last.withLock { $0 = progress }
        let now = ContinuousClock.now
        let isDue = lastShown.withLock { shown in
            if let shown, now - shown < .milliseconds(200) { return false }
            shown = now
            return true
        }
        guard isDue, Terminal.isInteractive else { return }
        let rate = Double(progress.received) / max((now - start) / .seconds(1), 1e-3)
        let left = Double(progress.totalBytes - progress.bytes) / rate
        Terminal.progress(
            Terminal.bar(Double(progress.bytes) / Double(max(progress.totalBytes, 1)))
                + "  file \(min(progress.files + 1, progress.totalFiles))/\(progress.totalFiles)"
                + "  \(Terminal.amount(progress.bytes, "B"))"
                + " of \(Terminal.amount(progress.totalBytes, "B"))"
                + "  \(Terminal.amount(Int(rate), "B"))/s  \(Terminal.duration(left)) left",
            isFinal: false)
    }

    /// Says what came over the network, if anything had to.
    func end() {
        guard let progress = last.withLock({ $0 }) else { return }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        Terminal.progress(
            "\(Terminal.amount(progress.received, "B")) in \(Terminal.duration(seconds)), "
                + "\(progress.files) of \(progress.totalFiles) missing files complete",
            isFinal: true)
    }
}
