public import VideoIO

/// What a watch measures on one chunk.
public struct ChunkFigures: Sendable, Hashable {
    /// Change across the border to the chunk before, by the median change inside chunks; `nil` for the first chunk, or
    /// where nothing moves.
    public let border: Double?
    /// Mean change from frame to frame, in levels of 255; `nil` for a single frame.
    public let motion: Double?
    /// Share of frames that do not differ from the one before, in percent; `nil` for a single frame.
    public let freeze: Double?
    /// Mean luminance less the first chunk's, in levels of 255.
    public let luminance: Double
    /// Mean saturation less the first chunk's, in points of 100.
    public let saturation: Double
    /// Share of pixels with other colours than the first frame, less the first chunk's, in points of 100.
    public let colours: Double
    /// Fine detail by the first chunk's; `nil` where that has none.
    public let detail: Double?

    /// The figures by name, as manifests store them.
    public var named: [String: Double] {
        let all: [String: Double?] = [
            "border": border, "motion": motion, "freeze": freeze, "luminance": luminance,
            "saturation": saturation, "colours": colours, "detail": detail,
        ]
        return all.compactMapValues(\.self)
    }
}

/// Measures chunks while a video is made, without networks and at constant memory.
struct ChunkWatch: Sendable, Codable {
    /// Means over a chunk's frames.
    private struct Look: Codable {
        var luminance = 0.0
        var saturation = 0.0
        var colours = 0.0
        var detail: Double?

        init(_ frames: [RGBFrame], anchor: FrameStatistics) {
            let all = frames.map(FrameStatistics.init)
            luminance = all.map(\.luminance).mean ?? 0
            saturation = all.map(\.saturation).mean ?? 0
            colours = all.map { 100 * $0.colourDistance(to: anchor) }.mean ?? 0
            detail = all.compactMap(\.fineEnergy).mean
        }
    }

    /// How many changes inside chunks the usual one is the median of.
    private static let memory = 256

    private var anchor: FrameStatistics?
    private var first: Look?
    private var firstMoves = false
    /// Not encoded: it is a frame of the video.
    var lastFrame: RGBFrame?
    private var inside: [Double] = []

    private enum CodingKeys: String, CodingKey {
        case anchor, first, firstMoves, inside
    }

    /// Measures a chunk as if it came next.
    ///
    /// - Precondition: there is a frame, and all frames of the video have one size.
    func measure(_ frames: [RGBFrame]) -> ChunkFigures {
        let look = Look(frames, anchor: anchor ?? FrameStatistics(frames[0]))
        let reference = first ?? look
        let changes = Self.changes(frames)
        var border: Double?
        if let lastFrame, let usual = (inside + changes).median, usual > 0 {
            border = frames[0].meanAbsoluteDifference(to: lastFrame) / usual
        }
        let still = changes.filter { $0 <= FreezeMetric.threshold }.count
        var detail: Double?
        if let value = look.detail, let start = reference.detail, start > 0 {
            detail = value / start
        }
        return ChunkFigures(
            border: border, motion: changes.mean,
            freeze: changes.isEmpty ? nil : 100 * Double(still) / Double(changes.count),
            luminance: look.luminance - reference.luminance,
            saturation: look.saturation - reference.saturation,
            colours: look.colours - reference.colours, detail: detail)
    }

    /// Makes a chunk part of what later ones are compared with.
    mutating func accept(_ frames: [RGBFrame]) {
        let changes = Self.changes(frames)
        if first == nil {
            let anchor = FrameStatistics(frames[0])
            (self.anchor, first) = (anchor, Look(frames, anchor: anchor))
            firstMoves = changes.contains { $0 > FreezeMetric.threshold }
        }
        lastFrame = frames.last
        inside = (inside + changes).suffix(Self.memory)
    }

    /// How far figures are beyond their limits, by name and as a ratio above 1; nothing of the first chunk.
    func violations(_ figures: ChunkFigures, _ limits: WatchLimits) -> [String: Double] {
        guard first != nil else { return [:] }
        var ratios = [
            "border": (figures.border ?? 0) / limits.border,
            "luminance": abs(figures.luminance) / limits.luminance,
            "saturation": abs(figures.saturation) / limits.saturation,
            "colours": figures.colours / limits.colours,
        ]
        if let detail = figures.detail {
            ratios["detail"] = max(detail, 1 / max(detail, 1e-6)) / limits.detail
        }
        if firstMoves, let freeze = figures.freeze { ratios["freeze"] = freeze / limits.freeze }
        return ratios.filter { $0.value > 1 }
    }

    private static func changes(_ frames: [RGBFrame]) -> [Double] {
        zip(frames, frames.dropFirst()).map { $1.meanAbsoluteDifference(to: $0) }
    }
}
