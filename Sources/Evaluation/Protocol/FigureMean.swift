/// The mean of a figure over videos.
public struct FigureMean: Codable, Sendable, Hashable {
    /// The figure's name.
    public let name: String
    /// Its unit.
    public let unit: String
    /// The mean over the videos that have it.
    public let mean: Double?
    /// Lower bound of the mean with 95 % confidence; `nil` of fewer than two videos.
    public let low: Double?
    /// Upper bound of the mean with 95 % confidence; `nil` of fewer than two videos.
    public let high: Double?
    /// Videos that have the figure.
    public let videos: Int
    /// Videos that are left out because they lack it.
    public let undefinedVideos: Int

    enum CodingKeys: String, CodingKey {
        case name, unit, mean, low, high, videos
        case undefinedVideos = "undefined_videos"
    }

    /// - Parameter values: one entry per video.
    init(_ name: String, unit: String, _ values: [Double?], seed: UInt64) {
        let defined = values.compactMap(\.self)
        let interval = Bootstrap.interval(ofMean: defined, seed: seed)
        self.name = name
        self.unit = unit
        mean = defined.mean
        low = interval?.lowerBound
        high = interval?.upperBound
        videos = defined.count
        undefinedVideos = values.count - defined.count
    }

    /// The means of all figures that videos have, in the order of the metrics.
    static func all(of videos: [StudyVideo], seed: UInt64) -> [FigureMean] {
        var found: [MetricFigure] = []
        for figure in videos.flatMap(\.figures)
        where !found.contains(where: { $0.name == figure.name }) {
            found.append(figure)
        }
        return found.map { figure in
            FigureMean(
                figure.name, unit: figure.unit,
                videos.map { video in video.figures.first { $0.name == figure.name }?.value },
                seed: seed)
        }
    }

    /// Writes missing numbers as null.
    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(name, forKey: .name)
        try box.encode(unit, forKey: .unit)
        try box.encode(mean, forKey: .mean)
        try box.encode(low, forKey: .low)
        try box.encode(high, forKey: .high)
        try box.encode(videos, forKey: .videos)
        try box.encode(undefinedVideos, forKey: .undefinedVideos)
    }

    /// `12.3 (10.1 … 14.0)`.
    var text: String { MetricFigure.text(mean) + (interval.map { " (\($0))" } ?? "") }

    /// `10.1 … 14.0`.
    var interval: String? {
        guard let low, let high else { return nil }
        return "\(MetricFigure.text(low)) … \(MetricFigure.text(high))"
    }
}
