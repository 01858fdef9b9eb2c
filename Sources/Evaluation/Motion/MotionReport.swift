/// What ``MotionAwareWarpError`` measured of a video.
///
/// With an encoder that writes snake case, as all of this project's are, the scores are `mawe_script` and `mawe_paper`.
public struct MotionReport: Sendable, Hashable, Codable {
    /// The numbers of two consecutive frames.
    public struct Pair: Sendable, Hashable, Codable {
        /// Mean length of the flow's vectors, in pixels.
        public var meanMagnitude: Double
        /// Mean squared length of the flow's vectors, in square pixels.
        public var meanSquaredMagnitude: Double
        /// Standard deviation of the vectors' lengths over the pixels (n), in pixels.
        public var magnitudeDeviation: Double
        /// Script: mean squared difference of a channel between the pushed earlier frame and the later one, in bytes
        /// squared.
        public var splatError: Double
        /// Script: share of the later frame that a pixel of the earlier one landed on, 0 to 1.
        public var knownShare: Double
        /// Paper: mean squared distance of the colours of the earlier frame and the later one pulled back, in bytes
        /// squared; `nil` if no pixel is visible in both, or the reading was not asked for.
        public var warpError: Double?
        /// Paper: share of the earlier frame that is seen in the later one, 0 to 1; `nil` if it was not asked for.
        public var visibleShare: Double?
    }

    /// The estimator's name.
    public var estimator: String
    /// Size at which flow and errors were computed.
    public var frameSize: FrameSize
    /// Number of frames.
    public var frameCount = 0
    /// The constant of the script's reading.
    public var coefficient: Double
    /// MAWE by the published script; `nil` if it was not asked for.
    public var maweScript: WarpErrorScore?
    /// MAWE by the paper; `nil` if it was not asked for.
    public var mawePaper: WarpErrorScore?
    /// One entry per two consecutive frames.
    public var pairs: [Pair] = []

    /// Mean squared flow over all pairs and pixels, in square pixels, which is OFS of the paper; `nil` without a pair.
    public var opticalFlowScore: Double? { mean(of: pairs.map(\.meanSquaredMagnitude)) }

    /// Standard deviation (n) over the pairs of their mean flow magnitude, in pixels; `nil` without a pair.
    ///
    /// One reading of the paper's temporal smoothness of the enhancer, which it does not specify fully.
    public var flowDeviationOverTime: Double? {
        guard let mean = mean(of: pairs.map(\.meanMagnitude)) else { return nil }
        return self.mean(
            of: pairs.map { ($0.meanMagnitude - mean) * ($0.meanMagnitude - mean) })?
            .squareRoot()
    }

    /// Mean over the pairs of the standard deviation (n) of the flow magnitude over the pixels, in pixels; `nil` without
    /// a pair.
    ///
    /// The other reading of the paper's temporal smoothness.
    public var flowDeviationOverSpace: Double? { mean(of: pairs.map(\.magnitudeDeviation)) }

    private func mean(of values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
}

extension MotionReport {
    /// Mean over the pairs of `splatError / (coefficient · meanMagnitude)`, without a pair left out.
    ///
    /// One pair without motion makes the mean of the script NaN or infinite, so then there is no value.
    func scriptScore() -> WarpErrorScore {
        guard let count = pairs.isEmpty ? nil : Double(pairs.count) else {
            return .undefined(.tooFewFrames)
        }
        let still = pairs.filter { $0.meanMagnitude == 0 }
        if still.contains(where: { $0.splatError == 0 }) { return .undefined(.noMotion) }
        if !still.isEmpty { return .undefined(.changeWithoutMotion) }
        let ratios = pairs.map { $0.splatError / (coefficient * $0.meanMagnitude) }
        return .value(ratios.reduce(0, +) / count)
    }

    /// Mean `warpError` over the pairs that have one, by the mean squared magnitude over all pairs.
    func paperScore() -> WarpErrorScore {
        guard let flow = opticalFlowScore else { return .undefined(.tooFewFrames) }
        guard let error = mean(of: pairs.compactMap(\.warpError)) else {
            return .undefined(.nothingVisible)
        }
        if flow == 0 { return .undefined(error == 0 ? .noMotion : .changeWithoutMotion) }
        return .value(error / flow)
    }
}
