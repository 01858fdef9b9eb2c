import Evaluation
import Foundation

/// Shows how far a study is: videos, frames, time left.
struct StudyMonitor {
    private let start = ContinuousClock.now

    func show(_ progress: VideoStudy.Progress) {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let rest = Double(progress.totalFrames - progress.frames)
        let left = seconds * rest / Double(max(progress.frames, 1))
        var line = Terminal.bar(Double(progress.frames) / Double(max(progress.totalFrames, 1)))
        line += "  video \(progress.video + 1)/\(progress.videos)"
        if progress.finishedBefore > 0 { line += " (\(progress.finishedBefore) were there)" }
        line += "  frame \(progress.frames)/\(progress.totalFrames)"
        line += "  \(Terminal.duration(left)) left"
        Terminal.progress(line, isFinal: progress.frames == progress.totalFrames)
    }
}
