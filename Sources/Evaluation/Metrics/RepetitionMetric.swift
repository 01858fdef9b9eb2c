import VideoIO

/// Whether a video comes back to what it has shown before, as a loop does.
///
/// Frames are reduced to 16×16 pixels. A frame repeats if an earlier one, at least 16 frames before, differs by no more
/// than 1.5 levels on average although the video had moved away by 4 levels or more in between. A still picture has
/// never moved away and does not repeat. Of a long video every second, fourth, … earlier frame is remembered, so that
/// there are never more than 2,048.
struct RepetitionMetric: VideoMetric {
    static let kind = MetricKind(name: "repetition", summary: "whether the video loops") { _ in
        RepetitionMetric()
    }

    /// Side of a thumbnail, in pixels.
    static let side = 16
    /// The shortest loop, in frames.
    static let shortestLoop = 16
    /// Largest mean difference of frames that are the same.
    static let near = 1.5
    /// Least mean difference of a frame that is another one.
    static let away = 4.0

    private let capacity: Int
    private var memory: [(frame: Int, pixels: [UInt8])] = []
    private var spacing = 1
    private var distances: [Double?] = []
    private var loops: [Double] = []

    /// - Parameter capacity: the largest number of earlier frames that are remembered.
    init(capacity: Int = 2_048) {
        precondition(capacity > 1)
        self.capacity = capacity
    }

    mutating func append(_ frame: ObservedFrame) {
        let pixels = Self.thumbnail(frame.picture)
        let nearest = nearestReturn(of: pixels, frame: frame.index)
        distances.append(nearest?.distance)
        if let nearest, nearest.distance <= Self.near { loops.append(Double(nearest.lag)) }
        guard frame.index % spacing == 0 else { return }
        if memory.count == capacity {
            memory = memory.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
            spacing *= 2
            guard frame.index % spacing == 0 else { return }
        }
        memory.append((frame.index, pixels))
    }

    mutating func finish() -> MetricResult {
        let share = MetricFigure(
            "repetition", unit: "%",
            .of(frames: distances.count, needing: Self.shortestLoop + 1) {
                .value(100 * Double(loops.count) / Double(distances.count))
            },
            meaning:
                "Share of frames that show again what was seen before; a video that loops twice "
                + "has 50, one that never returns 0.")
        let loop = MetricFigure(
            "repetition_loop", unit: "frames",
            .of(frames: distances.count, needing: Self.shortestLoop + 1) {
                loops.median.map { .value($0) } ?? .undefined("nothing is repeated")
            },
            meaning: "After how many frames it comes back, in the median.")
        return MetricResult(
            Self.kind.name,
            settings: [
                "near_levels": "\(Self.near)", "away_levels": "\(Self.away)",
                "shortest_loop_frames": "\(Self.shortestLoop)",
                "remembered_every_frames": "\(spacing)",
            ],
            figures: [share, loop],
            curves: [MetricCurve("distance_to_earlier", unit: "levels", distances)])
    }

    /// The nearest frame before the video moved away; of about equal ones the last.
    private func nearestReturn(
        of pixels: [UInt8], frame: Int
    ) -> (distance: Double, lag: Int)? {
        var hasLeft = false
        var best: (distance: Double, lag: Int)?
        for earlier in memory.reversed() {
            let distance = Self.distance(pixels, earlier.pixels)
            hasLeft = hasLeft || distance >= Self.away
            guard hasLeft, frame - earlier.frame >= Self.shortestLoop else { continue }
            if distance < (best?.distance ?? .infinity) - (best == nil ? 0 : 0.5) {
                best = (distance, frame - earlier.frame)
            }
        }
        return best
    }

    private static func distance(_ one: [UInt8], _ two: [UInt8]) -> Double {
        let total = one.withUnsafeBufferPointer { one in
            two.withUnsafeBufferPointer { two in
                var total: Int32 = 0
                for index in 0..<one.count { total += abs(Int32(one[index]) - Int32(two[index])) }
                return total
            }
        }
        return Double(total) / Double(one.count)
    }

    /// Means of 16 × 16 cells, `[row][column][red, green, blue]`.
    static func thumbnail(_ frame: RGBFrame) -> [UInt8] {
        func cells(_ length: Int) -> [Range<Int>] {
            (0..<side).map { index in
                let start = index * length / side
                return start..<max(start + 1, (index + 1) * length / side)
            }
        }
        let columns = cells(frame.width)
        var pixels: [UInt8] = []
        pixels.reserveCapacity(side * side * 3)
        frame.pixels.withUnsafeBufferPointer { bytes in
            for rows in cells(frame.height) {
                for columns in columns {
                    let count = rows.count * columns.count
                    for channel in 0..<3 {
                        var sum = count / 2
                        for y in rows {
                            for x in columns {
                                sum += Int(bytes[(y * frame.width + x) * 3 + channel])
                            }
                        }
                        pixels.append(UInt8(sum / count))
                    }
                }
            }
        }
        return pixels
    }
}
