import Foundation
import Foundations

/// How a figure differs between two sets of the same videos: second less first.
public struct FigureDifference: Codable, Sendable, Hashable {
    /// The figure's name.
    public let name: String
    /// Its unit.
    public let unit: String
    /// Pairs in which both videos have the figure.
    public let pairs: Int
    /// Pairs that are left out because one of the videos lacks it.
    public let undefinedPairs: Int
    /// Mean over the first set's videos of those pairs.
    public let firstMean: Double?
    /// Mean over the second set's videos of those pairs.
    public let secondMean: Double?
    /// Mean of the pairs' differences, second less first.
    public let difference: Double?
    /// Lower bound of the difference with 95 % confidence.
    public let low: Double?
    /// Upper bound of the difference with 95 % confidence.
    public let high: Double?
    /// Why a number is missing.
    public let reason: String?

    enum CodingKeys: String, CodingKey {
        case name, unit, pairs, difference, low, high, reason
        case undefinedPairs = "undefined_pairs"
        case firstMean = "first_mean"
        case secondMean = "second_mean"
    }

    init(name: String, unit: String, pairs: [(Double?, Double?)], seed: UInt64) {
        self.name = name
        self.unit = unit
        let both = pairs.compactMap { one, two in one.flatMap { one in two.map { (one, $0) } } }
        self.pairs = both.count
        undefinedPairs = pairs.count - both.count
        firstMean = both.map(\.0).mean
        secondMean = both.map(\.1).mean
        let differences = both.map { $0.1 - $0.0 }
        difference = differences.mean
        let interval = Bootstrap.interval(ofMean: differences, seed: seed)
        low = interval?.lowerBound
        high = interval?.upperBound
        reason =
            switch both.count {
            case 0: "no pair in which both videos have it"
            case 1: "one pair tells nothing about the spread"
            default: nil
            }
    }

    /// Writes missing numbers as null.
    public func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(name, forKey: .name)
        try box.encode(unit, forKey: .unit)
        try box.encode(pairs, forKey: .pairs)
        try box.encode(undefinedPairs, forKey: .undefinedPairs)
        try box.encode(firstMean, forKey: .firstMean)
        try box.encode(secondMean, forKey: .secondMean)
        try box.encode(difference, forKey: .difference)
        try box.encode(low, forKey: .low)
        try box.encode(high, forKey: .high)
        try box.encode(reason, forKey: .reason)
    }
}

/// The comparison of two sets of results, video by video.
public struct ResultComparison: Codable, Sendable, Hashable {
    /// The form of the file.
    public let format: String
    /// Name of the first set.
    public let first: String
    /// Name of the second set.
    public let second: String
    /// Names of the videos, which both sets have.
    public let videos: [String]
    /// Seed of the bootstrap.
    public let seed: UInt64
    /// How often the bootstrap drew.
    public let resamples: Int
    /// One entry per figure that both sets have.
    public let figures: [FigureDifference]

    /// Compares results whose videos have the same file names.
    ///
    /// - Throws: `EvaluationError.unpaired` if a video has no partner, or two have one name.
    public init(
        _ first: (name: String, videos: [VideoResult]),
        _ second: (name: String, videos: [VideoResult]), seed: UInt64
    ) throws(EvaluationError) {
        let one = first.videos.map { (Self.key($0), $0) }
        let two = second.videos.map { (Self.key($0), $0) }
        func refuse(_ reason: String) -> EvaluationError {
            .unpaired(first: first.name, second: second.name, reason: reason)
        }
        for (name, keys) in [(first.name, one.map(\.0)), (second.name, two.map(\.0))] {
            guard Set(keys).count == keys.count else {
                throw refuse("\(name) has several videos of one file name")
            }
            guard !keys.isEmpty else { throw refuse("\(name) has no videos") }
        }
        let lonely = Set(one.map(\.0)).symmetricDifference(two.map(\.0)).sorted()
        guard lonely.isEmpty else {
            throw refuse("only one of both has \(lonely.prefix(5).joined(separator: ", "))")
        }
        let partners = Dictionary(uniqueKeysWithValues: two)
        let pairs = one.sorted { $0.0 < $1.0 }.compactMap { key, result in
            partners[key].map { (result, $0) }
        }
        let units = pairs.flatMap { $0.0.figures + $0.1.figures }
        var names: [String] = []
        for figure in units where !names.contains(figure.name) { names.append(figure.name) }
        func figure(_ name: String, _ result: VideoResult) -> MetricFigure? {
            result.figures.first { $0.name == name }
        }
        format = "streamingt2v-comparison-1"
        self.first = first.name
        self.second = second.name
        videos = pairs.map { Self.key($0.0) }
        self.seed = seed
        resamples = Bootstrap.resamples
        figures = names.map { name in
            FigureDifference(
                name: name, unit: units.first { $0.name == name }?.unit ?? "",
                pairs: pairs.map { (figure(name, $0.0)?.value, figure(name, $0.1)?.value) },
                seed: seed)
        }
    }

    /// What pairs two results: the file's name.
    private static func key(_ result: VideoResult) -> String {
        (result.video as NSString).lastPathComponent
    }
}

extension EvaluationReport {
    /// The largest file of results that is read, in bytes.
    private static let sizeLimit = 256 << 20

    /// Reads what `evaluate --json` wrote.
    ///
    /// - Throws: `EvaluationError.notResults`.
    public init(file path: String) throws(EvaluationError) {
        func refuse(_ reason: String) -> EvaluationError {
            .notResults(file: path, reason: reason)
        }
        let data: Data
        do {
            data = try BoundedFile.contents(of: URL(fileURLWithPath: path), limit: Self.sizeLimit)
        } catch {
            throw refuse("\(error)")
        }
        let report: EvaluationReport
        do {
            report = try JSONDecoder().decode(EvaluationReport.self, from: data)
        } catch {
            throw refuse("it has another form")
        }
        guard report.format == Self.currentFormat else {
            throw refuse("its format is \(report.format), not \(Self.currentFormat)")
        }
        self = report
    }
}
