public import Foundation
import Foundations
import Synchronization

/// When each part of the work began and ended, in Chrome's trace format, and how busy the processor was meanwhile.
///
/// Source: the "Trace Event Format" of Chromium; complete events (`X`), counters (`C`) and thread names (`M`).
public final class Timeline: Sendable {
    /// Who works: a row of the picture.
    enum Lane: Int, CaseIterable {
        /// The first two stages.
        case generator = 1
        /// The third stage.
        case enhancer
        /// Frames on their way into a file.
        case output
    }

    /// A part of the work.
    struct Span {
        let name: String
        let lane: Lane
        /// Since the timeline's beginning.
        let start: Duration
        let length: Duration
        /// Numbers that tell one such part from another.
        let details: [String: Int]
        /// Seconds that this process had computed when it ended, on all cores.
        let processorSeconds: Double
    }

    /// What takes less is left out, and nobody would see it.
    static let shortest = Duration.milliseconds(1)

    private let beginning = ContinuousClock.now
    private let processorBefore = Timeline.processorSeconds()
    private let spans = Mutex<[Span]>([])

    /// A timeline that begins now.
    public init() {}

    /// Notes a part of the work that ends now.
    ///
    /// - Parameter start: when it began.
    func record(
        _ name: String, _ lane: Lane, since start: ContinuousClock.Instant,
        _ details: [String: Int] = [:]
    ) {
        let (now, processor) = (ContinuousClock.now, Self.processorSeconds())
        add(
            Span(
                name: name, lane: lane, start: start - beginning, length: now - start,
                details: details, processorSeconds: processor - processorBefore))
    }

    /// Keeps a part of the work that is not too short to be seen.
    func add(_ span: Span) {
        guard span.length >= Self.shortest else { return }
        spans.withLock { $0.append(span) }
    }

    /// Notes how long frames took on their way into a file, from `start` until now.
    public func recordOutput(since start: ContinuousClock.Instant) {
        record("write frames", .output, since: start)
    }

    /// Cores that were busy with this process, in the mean of the time until the last noted part ended.
    public var busyCores: Double {
        guard let last = spans.withLock({ $0.last }) else { return 0 }
        return last.processorSeconds / max((last.start + last.length) / .seconds(1), 1e-9)
    }

    /// Seconds of each kind of work, the longest first.
    public var totals: [(name: String, seconds: Double)] {
        let sums = spans.withLock { spans in
            spans.reduce(into: [String: Double]()) {
                $0[$1.name, default: 0] += $1.length / .seconds(1)
            }
        }
        return sums.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
            .map { (name: $0.key, seconds: $0.value) }
    }

    /// Writes the trace, for `chrome://tracing` and viewers that know its format.
    public func write(to url: URL) throws {
        let spans = spans.withLock { $0 }
        var events = Lane.allCases.filter { lane in spans.contains { $0.lane == lane } }
            .map { Event.name(of: $0) }
        var (time, busy) = (Duration.zero, 0.0)
        for span in spans {
            events.append(.span(span))
            let end = span.start + span.length
            let passed = (end - time) / .seconds(1)
            guard passed >= 0.1 else { continue }
            events.append(.busy((span.processorSeconds - busy) / passed, at: time))
            (time, busy) = (end, span.processorSeconds)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.save(encoder.encode(Trace(traceEvents: events)), to: url)
    }

    /// Seconds that this process has computed, on all cores.
    private static func processorSeconds() -> Double {
        var now = timespec()
        guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0 else { return 0 }
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }
}

/// The file.
private struct Trace: Encodable {
    let traceEvents: [Event]
    let displayTimeUnit = "ms"
}

/// One entry of the file; times are in microseconds.
private struct Event: Encodable {
    let name: String
    let ph: String
    let pid = 1
    var tid: Int?
    var ts: Double?
    var dur: Double?
    var args: [String: Value] = [:]

    enum Value: Encodable {
        case text(String)
        case number(Double)

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .number(let number): try container.encode(number)
            }
        }
    }

    static func name(of lane: Timeline.Lane) -> Event {
        Event(
            name: "thread_name", ph: "M", tid: lane.rawValue, args: ["name": .text("\(lane)")])
    }

    static func span(_ span: Timeline.Span) -> Event {
        Event(
            name: span.name, ph: "X", tid: span.lane.rawValue, ts: span.start / .microseconds(1),
            dur: span.length / .microseconds(1),
            args: span.details.mapValues { .number(Double($0)) })
    }

    static func busy(_ cores: Double, at time: Duration) -> Event {
        Event(
            name: "busy cores", ph: "C", ts: time / .microseconds(1),
            args: ["cores": .number(cores)])
    }
}
