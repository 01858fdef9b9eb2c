/// Frames per second as an exact fraction, in lowest terms.
public struct FrameRate: Sendable, Hashable, Codable, CustomStringConvertible,
    ExpressibleByIntegerLiteral
{
    /// Frames in ``denominator`` seconds; zero or less is refused when a video is opened.
    public let numerator: Int
    /// Seconds; at least 1 in a valid rate.
    public let denominator: Int

    /// Makes `numerator / denominator` frames per second, reduced to lowest terms.
    public init(_ numerator: Int, per denominator: Int = 1) {
        let divisor = max(1, Self.greatestCommonDivisor(numerator.magnitude, denominator.magnitude))
        self.numerator = numerator / Int(divisor)
        self.denominator = denominator / Int(divisor)
    }

    /// Makes a whole number of frames per second.
    public init(integerLiteral value: Int) {
        self.init(value)
    }

    /// Reads `30`, `24000/1001` or `24000:1001`.
    ///
    /// - Returns: `nil` unless both numbers are positive and fit into 31 bits, as ffmpeg's do.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == ":" }
        guard (1...2).contains(parts.count), let first = parts.first, let top = Int(first),
            let bottom = parts.count == 2 ? Int(parts[1]) : 1,
            (1...Int(Int32.max)).contains(top), (1...Int(Int32.max)).contains(bottom)
        else { return nil }
        self.init(top, per: bottom)
    }

    /// The rate as a number, in frames per second.
    public var value: Double { Double(numerator) / Double(denominator) }

    /// The rate as ffmpeg writes it, `8/1`.
    public var description: String { "\(numerator)/\(denominator)" }

    private static func greatestCommonDivisor(_ a: UInt, _ b: UInt) -> UInt {
        var (a, b) = (a, b)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }
}
