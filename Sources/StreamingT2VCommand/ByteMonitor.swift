/// Shows how far work on many bytes is: bytes, bytes per second, time left.
final class ByteMonitor {
    private let total: Int
    private let start = ContinuousClock.now
    private var lastShown: ContinuousClock.Instant?

    init(total: Int) {
        self.total = total
    }

    /// The line is rewritten ten times per second at most.
    func show(_ done: Int) {
        let now = ContinuousClock.now
        if let lastShown, now - lastShown < .milliseconds(100) { return }
        lastShown = now
        let rate = Double(done) / max((now - start) / .seconds(1), 1e-3)
        Terminal.progress(
            "\(Terminal.bar(Double(done) / Double(max(total, 1))))  "
                + "\(Terminal.amount(done, "B")) of \(Terminal.amount(total, "B"))  "
                + "\(Terminal.amount(Int(rate), "B"))/s  "
                + "\(Terminal.duration(Double(total - done) / max(rate, 1))) left", isFinal: false)
    }

    /// Replaces the line by what was done, and adds how long it took.
    func end(_ summary: String) {
        Terminal.progress(
            summary + ", " + Terminal.duration((ContinuousClock.now - start) / .seconds(1)),
            isFinal: true)
    }
}
