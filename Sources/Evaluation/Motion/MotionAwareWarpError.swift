public import VideoIO

/// The motion-aware warp error (MAWE) of a video, frame by frame: how badly flow explains the change, by how much moves.
///
/// Paper and published script differ, so there are two readings, whose values cannot be compared with each other:
///
/// | | ``Reading/script`` | ``Reading/paper`` |
/// |---|---|---|
/// | warp | the earlier frame pushed forward, nearest pixel | the later frame pulled back, bilinear |
/// | left out | what nothing landed on | what lies outside or fails the forward-backward test |
/// | error of a pair | mean square per channel | mean squared distance of the colours |
/// | motion of a pair | mean magnitude | mean squared magnitude |
/// | video | mean of the pairs' ratios | ratio of the pairs' means |
/// | constant | 9.5 | none |
///
/// Values are bytes, 0 to 255. Of the pictures only the last one is kept; the report holds a few numbers for each pair.
/// The readings that a video does not have are a ``WarpErrorScore/undefined(_:)`` with its reason. A pair whose pixels all
/// leave the frame has error 0 in the script's reading and none in the paper's, where it does not count.
///
/// Source: Henschel et al., StreamingT2V, section "Evaluation", and `mawe.py` of the release.
public struct MotionAwareWarpError {
    /// A definition of the metric.
    public enum Reading: Sendable, Hashable, CaseIterable {
        /// What the published script computes.
        case script
        /// What the paper says. It needs the flow of each pair in both directions.
        case paper
    }

    private let estimator: any OpticalFlowEstimator
    private let readings: Set<Reading>
    private let frameSize: FrameSize
    private var previous: RGBFrame?
    private var report: MotionReport

    /// Makes a meter for one video after the other.
    ///
    /// - Parameters:
    ///   - estimator: gives the flow of each pair.
    ///   - readings: what to compute; ``Reading/script`` alone halves the work of the estimator.
    ///   - frameSize: what every frame is resized to first.
    ///   - coefficient: the constant of the script's reading, greater than 0.
    /// - Precondition: `coefficient` is positive.
    public init(
        estimator: any OpticalFlowEstimator, readings: Set<Reading> = Set(Reading.allCases),
        frameSize: FrameSize = .published, coefficient: Double = 9.5
    ) {
        precondition(coefficient > 0, "the constant divides")
        self.estimator = estimator
        self.readings = readings
        self.frameSize = frameSize
        report = MotionReport(
            estimator: estimator.name, frameSize: frameSize, coefficient: coefficient)
    }

    /// Takes the next frame, of any size, and measures it against the one before.
    ///
    /// - Throws: ``OpticalFlowError``, and what the estimator throws; the frame does not count then.
    public mutating func append(_ frame: RGBFrame) throws {
        let frame = try frame.bilinearResized(to: frameSize)
        if let previous { report.pairs.append(try measure(previous, frame)) }
        previous = frame
        report.frameCount += 1
    }

    /// What was found up to now.
    ///
    /// The meter begins anew: the next frame is the first of another video.
    public mutating func finish() -> MotionReport {
        var result = report
        if readings.contains(.script) { result.maweScript = result.scriptScore() }
        if readings.contains(.paper) { result.mawePaper = result.paperScore() }
        previous = nil
        report.frameCount = 0
        report.pairs = []
        return result
    }

    private func measure(_ earlier: RGBFrame, _ later: RGBFrame) throws -> MotionReport.Pair {
        let forward = try flow(from: earlier, to: later)
        let magnitudes = forward.magnitudes()
        let splat = ForwardSplat(earlier, along: forward).meanSquaredError(against: later)
        let pixels = Double(earlier.width * earlier.height)
        var pair = MotionReport.Pair(
            meanMagnitude: magnitudes.mean, meanSquaredMagnitude: magnitudes.meanSquared,
            magnitudeDeviation: magnitudes.deviation, splatError: splat.error,
            knownShare: Double(splat.knownPixels) / pixels)
        if readings.contains(.paper) {
            let warp = BackwardWarp(
                earlier, later, forward: forward, backward: try flow(from: later, to: earlier))
            pair.warpError = warp.meanSquaredDistance
            pair.visibleShare = Double(warp.visiblePixels) / pixels
        }
        return pair
    }

    private func flow(from first: RGBFrame, to second: RGBFrame) throws -> FlowField {
        let flow = try estimator.flow(from: first, to: second)
        let (pair, name) = (report.pairs.count, estimator.name)
        guard flow.width == first.width, flow.height == first.height else {
            throw OpticalFlowError.flowSizeMismatch(
                estimator: name, pair: pair, expected: [first.width, first.height],
                actual: [flow.width, flow.height])
        }
        guard flow.isFinite else {
            throw OpticalFlowError.flowNotFinite(estimator: name, pair: pair)
        }
        return flow
    }
}
