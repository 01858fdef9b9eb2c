public import StreamingT2V
public import VideoIO
import Foundation
import Synchronization

/// What happens when a chunk drifts.
public enum DriftPolicy: String, Sendable, Codable, CaseIterable {
    /// A warning; the chunk stays.
    case warn
    /// The video ends before the chunk.
    case stop
    /// The chunk is made again with the next seed; of all attempts that drift the one that does least stays.
    case retry
}

/// Watches a video while it is generated, and decides what becomes of a chunk that drifts.
public final class DriftReviewer: Sendable {
    /// The policy.
    public let policy: DriftPolicy
    /// The limits.
    public let limits: WatchLimits
    /// How often a chunk is made again at most.
    public let retries: Int

    private struct State {
        var watch = ChunkWatch()
        var hasStopped = false
        var attempts: [(chunk: VideoChunk, review: GenerationManifest.Review, excess: Double)] = []
    }

    private let state = Mutex(State())
    private let report: @Sendable (VideoChunk, GenerationManifest.Review) -> Void

    /// - Parameters:
    ///   - report: is told of each attempt, on the generator's thread.
    public init(
        policy: DriftPolicy, limits: WatchLimits = WatchLimits(), retries: Int = 2,
        report: @escaping @Sendable (VideoChunk, GenerationManifest.Review) -> Void = { _, _ in }
    ) {
        (self.policy, self.limits, self.retries, self.report) = (policy, limits, retries, report)
    }

    /// Takes frames that a video begins with and that are not generated as what its chunks are compared with.
    public func begin(with frames: [RGBFrame]) {
        state.withLock { $0.watch.accept(frames) }
    }

    /// Judges an attempt at the next chunk.
    public func review(_ chunk: VideoChunk) -> ChunkVerdict {
        let (review, verdict) = state.withLock { state in judge(chunk, &state) }
        report(chunk, review)
        return verdict
    }

    /// What was found on every attempt at the chunk that was judged last.
    public var lastReviews: [GenerationManifest.Review] {
        state.withLock { $0.attempts.map(\.review) }
    }

    /// Whether the video was ended.
    public var hasStopped: Bool { state.withLock { $0.hasStopped } }

    private func judge(
        _ chunk: VideoChunk, _ state: inout State
    ) -> (GenerationManifest.Review, ChunkVerdict) {
        if chunk.attempt == 0 { state.attempts = [] }
        let figures = state.watch.measure(chunk.frames)
        let violations = state.watch.violations(figures, limits)
        let review = GenerationManifest.Review(
            attempt: chunk.attempt, figures: figures.named,
            warnings: violations.keys.sorted().map { warning($0, figures) })
        state.attempts.append((chunk, review, violations.values.max() ?? 0))
        guard !violations.isEmpty else {
            state.watch.accept(chunk.frames)
            return (review, .accept)
        }
        switch policy {
        case .stop:
            state.hasStopped = true
            return (review, .stop)
        case .retry where chunk.attempt < retries: return (review, .retry)
        case .retry, .warn:
            let best = state.attempts.min { $0.excess < $1.excess }?.chunk ?? chunk
            state.watch.accept(best.frames)
            return (review, .take(attempt: best.attempt))
        }
    }

    private func warning(_ name: String, _ figures: ChunkFigures) -> String {
        func text(_ value: Double?) -> String { MetricFigure.text(value) }
        switch name {
        case "border":
            return "the border jumps by \(text(figures.border)) times the usual change "
                + "(limit \(text(limits.border)))"
        case "luminance":
            return "luminance is off by \(text(figures.luminance)) levels (limit "
                + "\(text(limits.luminance)))"
        case "saturation":
            return "saturation is off by \(text(figures.saturation)) points (limit "
                + "\(text(limits.saturation)))"
        case "colours":
            return "\(text(figures.colours)) % more pixels have other colours than the first frame "
                + "(limit \(text(limits.colours)))"
        case "detail":
            return "fine detail is \(text(figures.detail)) times that of the first chunk (limit "
                + "\(text(limits.detail)), or one by it)"
        default:
            return "\(text(figures.freeze)) % of the frames stand still (limit "
                + "\(text(limits.freeze)))"
        }
    }
}
