public import VideoIO

/// Finds abrupt cuts in a video, frame by frame, as PySceneDetect's `AdaptiveDetector` does.
///
/// A frame begins a new scene if it differs from the one before by much, and by several times
/// more than its neighbours differ among themselves. Of the pictures only the last one is kept; the
/// report holds five numbers for each frame. Source: PySceneDetect, `AdaptiveDetector`; used by
/// Henschel et al., StreamingT2V, section "Evaluation", for the metric SCuts.
public struct SceneCutDetector: Sendable {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    /// A version of PySceneDetect; they differ in the shrinking of large frames and in the rule for
    /// the shortest scene.
    public enum Version: String, CaseIterable, Sendable {
        /// The first cut may come at any time.
        case v0_6_2 = "0.6.2"
        /// The shortest scene is measured up to the last frame of the window.
        case v0_6_3 = "0.6.3"
        /// The shortest scene is measured up to the cut; frames are shrunk to 256 pixels.
        case v0_7_2 = "0.7.2"
    }

    /// The version whose cuts are found.
    public let version: Version
    /// How many times more than its neighbours a frame has to change.
    public let adaptiveThreshold: Double
    /// The shortest scene, in frames.
    public let minimumSceneLength: Int
    /// Neighbours on each side, in frames.
    public let windowWidth: Int
    /// The least change of a cut: mean difference of hue, saturation and value, 0 to 255.
    public let minimumContentValue: Double

    private var previous: HSVImage?
    private var frameSize: (width: Int, height: Int)?
    private var lastCut: Int?
    private var report = SceneCutReport()

    /// Makes a detector; the defaults are those of PySceneDetect 0.6.3.
    ///
    /// - Precondition: `windowWidth` is at least 1.
    public init(
        version: Version = .v0_6_3, adaptiveThreshold: Double = 3, minimumSceneLength: Int = 15,
        windowWidth: Int = 2, minimumContentValue: Double = 15
    ) {
        precondition(windowWidth >= 1, "a window needs a neighbour on each side")
        self.version = version
        self.adaptiveThreshold = adaptiveThreshold
        self.minimumSceneLength = minimumSceneLength
        self.windowWidth = windowWidth
        self.minimumContentValue = minimumContentValue
    }

    /// Takes the next frame and judges the one `windowWidth` frames before.
    ///
    /// - Precondition: All frames have the same size.
    public mutating func append(_ frame: RGBFrame) {
        if let frameSize {
            precondition(
                frameSize == (frame.width, frame.height), "the frames of a video have one size")
        }
        frameSize = (frame.width, frame.height)
        let current = HSVImage(BilinearDownscale.shrink(frame, for: version))
        let deltas = previous.map { current.meanAbsoluteDifferences(to: $0) }
        previous = current

        report.hueDeltas.append(deltas?.hue)
        report.saturationDeltas.append(deltas?.saturation)
        report.valueDeltas.append(deltas?.value)
        report.contentValues.append(
            deltas.map { ($0.hue + $0.saturation + $0.value) / 3 } ?? 0)
        report.adaptiveRatios.append(nil)
        judge(report.contentValues.count - 1 - windowWidth)
    }

    /// What was found up to now.
    ///
    /// The last `windowWidth` frames have no neighbours behind them and are never cuts. The detector
    /// begins anew: the next frame is the first of another video.
    public mutating func finish() -> SceneCutReport {
        let result = report
        previous = nil
        frameSize = nil
        lastCut = nil
        report = SceneCutReport()
        return result
    }

    private mutating func judge(_ frame: Int) {
        guard frame >= windowWidth else { return }
        let scores = report.contentValues
        let score = scores[frame]
        var sum = 0.0
        for neighbour in frame - windowWidth...frame + windowWidth where neighbour != frame {
            sum += scores[neighbour]
        }
        let average = sum / (2 * Double(windowWidth))
        let ratio: Double
        if abs(average) < 1e-5 {
            ratio = score >= minimumContentValue ? 255 : 0
        } else {
            ratio = min(score / average, 255)
        }
        report.adaptiveRatios[frame] = ratio

        guard ratio >= adaptiveThreshold, score >= minimumContentValue, isFarEnough(frame) else {
            return
        }
        lastCut = frame
        report.cuts.append(frame)
    }

    private func isFarEnough(_ frame: Int) -> Bool {
        switch version {
        case .v0_6_2: lastCut.map { frame - $0 >= minimumSceneLength } ?? true
        case .v0_6_3: frame + windowWidth - (lastCut ?? 0) >= minimumSceneLength
        case .v0_7_2: frame - (lastCut ?? 0) >= minimumSceneLength
        }
    }
}
