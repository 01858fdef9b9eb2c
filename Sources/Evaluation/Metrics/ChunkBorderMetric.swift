/// How visible the borders of chunks are: the change across a border by the median change inside chunks.
struct ChunkBorderMetric: VideoMetric {
    static let kind = MetricKind(name: "borders", summary: "jumps at chunk borders") {
        ChunkBorderMetric(borders: $0.borders)
    }

    private let borders: ChunkBorders
    private var frameCount = 0
    private var inside: [Double] = []
    private var across: [(frame: Int, change: Double)] = []

    init(borders: ChunkBorders) {
        self.borders = borders
    }

    mutating func append(_ frame: ObservedFrame) {
        frameCount += 1
        guard let change = frame.change else { return }
        if borders.contains(frame.index) {
            across.append((frame.index, change))
        } else {
            inside.append(change)
        }
    }

    mutating func finish() -> MetricResult {
        let ratios = inside.median.map { usual in
            usual > 0 ? across.map { $0.change / usual } : []
        }
        let mean = MetricFigure(
            "border_jump", unit: "×", measurement(ratios?.mean),
            meaning: "Mean change across a chunk border by the usual change inside; 1 means that "
                + "borders do not show.")
        let worst = MetricFigure(
            "border_jump_worst", unit: "×", measurement(ratios?.max()),
            meaning: "The same for the border that shows most.")
        return MetricResult(
            Self.kind.name, settings: ["chunks": borders.source], figures: [mean, worst],
            marks: across.map(\.frame))
    }

    private func measurement(_ ratio: Double?) -> MetricFigure.Measurement {
        .of(frames: frameCount, needing: 2) {
            if let ratio { return .value(ratio) }
            if across.isEmpty { return .undefined("the video ends before the first border") }
            if inside.isEmpty { return .undefined("every frame is a border") }
            return .undefined("nothing moves inside the chunks")
        }
    }
}
