import Foundation

/// Shows how far an evaluation is: videos, frames, frames per second, time left.
struct EvaluationMonitor {
    private let videos: Int
    private let total: Int
    private let start = ContinuousClock.now
    private var lastShown: ContinuousClock.Instant?
    private var done = 0

    init(videos: Int, frames: Int) {
        self.videos = videos
        total = frames
    }

    /// Counts a frame; the line is rewritten ten times per second at most.
    mutating func show(video: Int) {
        done += 1
        let now = ContinuousClock.now
        if let lastShown, now - lastShown < .milliseconds(100) { return }
        lastShown = now
        let rate = Double(done) / max((now - start) / .seconds(1), 1e-9)
        let share = Double(done) / Double(max(total, done))
        var line = "\(Terminal.bar(share))  "
        if videos > 1 { line += "video \(video + 1)/\(videos)  " }
        line += "frame \(done)/\(max(total, done))  \(Terminal.number(rate)) frames/s  "
        line += "\(Terminal.duration(Double(max(total - done, 0)) / rate)) left"
        Terminal.progress(line, isFinal: false)
    }

    func end() {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        Terminal.progress(
            "\(done) frames of \(videos) video\(videos == 1 ? "" : "s") measured in "
                + Terminal.duration(seconds), isFinal: true)
    }
}
