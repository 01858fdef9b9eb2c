public import Foundation
public import StreamingT2V
public import VideoIO
import Synchronization

/// What happens when a chunk drifts.
public enum DriftPolicy: String, Sendable, Codable, CaseIterable {
    /// A warning; the chunk stays.
    case warn
    /// The video ends before the chunk.
    case stop
    /// The chunk is made again with the next seed; if all attempts drift, the best one is kept.
    case retry
}

/// Watches a video while it is generated, and decides what becomes of a chunk that drifts.
public final class DriftReviewer: ChunkReviewer {
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

    /// A watch that has seen nothing yet.
    public init(policy: DriftPolicy, limits: WatchLimits = WatchLimits(), retries: Int = 2) {
        (self.policy, self.limits, self.retries) = (policy, limits, retries)
    }

    /// What the manifest says about the watch.
    public var settings: GenerationManifest.Watch {
        GenerationManifest.Watch(
            policy: policy.rawValue, retries: policy == .retry ? retries : 0, limits: limits.named)
    }

    /// What it needs to judge later chunks: some means of the first chunk, and the last changes between frames.
    public func save() throws -> Data {
        try JSONEncoder().encode(state.withLock { $0.watch })
    }

    /// Takes what an earlier run has saved.
    public func restore(_ data: Data, lastFrame: RGBFrame) throws {
        var watch = try JSONDecoder().decode(ChunkWatch.self, from: data)
        watch.lastFrame = lastFrame
        state.withLock { $0.watch = watch }
    }

    /// Uses the given footage as the reference for later chunks.
    public func begin(with frames: [RGBFrame]) {
        state.withLock { $0.watch.accept(frames) }
    }

    /// Judges an attempt at the next chunk.
    public func review(_ chunk: VideoChunk) -> ChunkVerdict {
        state.withLock { judge(chunk, &$0) }
    }

    /// What was found on every attempt at the chunk that was judged last.
    public var lastReviews: [GenerationManifest.Review] {
        state.withLock { $0.attempts.map(\.review) }
    }

    /// Whether the video was ended.
    public var hasStopped: Bool { state.withLock { $0.hasStopped } }

    private func judge(
        _ chunk: VideoChunk, _ state: inout State
    ) -> ChunkVerdict {
        if chunk.attempt == 0 { state.attempts = [] }
        let figures = state.watch.measure(chunk.frames)
        let violations = state.watch.violations(figures, limits)
        let review = GenerationManifest.Review(
            attempt: chunk.attempt, figures: figures.named,
            warnings: violations.keys.sorted().map { warning($0, figures) })
        state.attempts.append((chunk, review, violations.values.max() ?? 0))
        guard !violations.isEmpty else {
            state.watch.accept(chunk.frames)
            return .accept
        }
        switch policy {
        case .stop:
            state.hasStopped = true
            return .stop
        case .retry where chunk.attempt < retries: return .retry
        case .retry, .warn:
            let best = state.attempts.min { $0.excess < $1.excess }?.chunk ?? chunk
            state.watch.accept(best.frames)
            return .take(attempt: best.attempt)
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
