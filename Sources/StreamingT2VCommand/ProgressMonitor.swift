import Foundation
import StreamingT2V

/// Shows how far a generation is: chunk, step, frames per second, time left; and what the watch finds.
struct ProgressMonitor {
    /// Frames that are generated, or `nil` if the video is endless.
    private let total: Int?
    /// Frames that the video begins with and that are not generated.
    private let given: Int
    private var start = ContinuousClock.now
    private var hasShown = false
    private var note = ""
    private var enhancement: EnhancementMonitor?

    init(_ request: PreparedRequest) {
        (total, given) = (request.request.frames, request.givenFrames)
    }

    /// Follows a job to its end.
    mutating func follow(_ events: AsyncStream<GenerationEvent>) async {
        for await event in events {
            switch event {
            case .began(let manifest):
                start = .now
                let preview = manifest.preview.map { " and \($0)" } ?? ""
                Terminal.message(
                    "seed \(manifest.settings.seed), writing \(manifest.output)\(preview)")
            // Once the third stage is at work, its line tells more.
            case .step(let progress): if enhancement == nil { show(progress) }
            case .reviewed(let chunk, let review): show(review, of: chunk)
            case .enhanced(let progress):
                let monitor = enhancement ?? EnhancementMonitor()
                monitor.show(progress)
                enhancement = monitor
                hasShown = true
            case .chunk, .saved, .ended: break
            }
        }
        if hasShown { Terminal.endProgress() }
    }

    private mutating func show(_ progress: GenerationProgress) {
        let range = progress.frames
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
    private mutating func show(_ review: GenerationManifest.Review, of chunk: Int) {
        let shown = ["border", "motion", "luminance", "saturation", "colours"].compactMap { name in
            review.figures[name].map { "\(name) \(Terminal.number($0))" }
        }
        note = "  " + shown.joined(separator: " ")
        for warning in review.warnings {
            Terminal.progress(
                "chunk \(chunk + 1), seed +\(review.attempt): \(warning)", isFinal: true)
        }
    }
}
