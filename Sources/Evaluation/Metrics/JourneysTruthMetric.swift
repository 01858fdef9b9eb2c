import Foundations
import Journeys
import VideoIO

/// Whether a video of the drawn world shows what its prompt says, window by window of 16 frames.
///
/// Factors are read by ``FactorClassifier``, the camera's velocity off the ground. A last window of fewer than 8 frames is
/// left out, unless it is the only one.
struct JourneysTruthMetric: VideoMetric {
    static let kind = MetricKind(
        name: "journeys", summary: "factors and scrolling of a Journeys prompt", isDefault: false
    ) { context in
        guard let prompt = context.prompt else {
            throw EvaluationError.missing(
                metric: "journeys", need: "what the video should show",
                remedy: "Say it with \(field: "prompt"), or name the video's \(field: "manifest").")
        }
        guard let caption = SceneCaption(prompt) else {
            throw EvaluationError.missing(
                metric: "journeys", need: "a prompt in the words of the drawn world",
                remedy: "Write it as \"a red car drives slowly to the left past green hills at "
                    + "sunset\", or omit journeys from \(field: "metrics").")
        }
        let (width, height) = (context.info.width, context.info.height)
        guard width == height, width % FactorClassifier.size == 0
        else {
            throw EvaluationError.missing(
                metric: "journeys",
                need: "square frames of a multiple of \(FactorClassifier.size) pixels, not "
                    + "\(width)×\(height)",
                remedy: "Omit journeys from \(field: "metrics").")
        }
        return JourneysTruthMetric(
            caption: caption, classifier: try context.models.factorClassifier())
    }

    private static let window = 16
    private static let shortestWindow = 8

    private let caption: SceneCaption
    private let classifier: FactorClassifier
    private var frames: [RGBFrame] = []
    private var frameCount = 0
    private var readings: [FactorClassifier.Reading] = []
    private var velocities: [(frames: Int, velocity: Double?)] = []

    init(caption: SceneCaption, classifier: FactorClassifier) {
        self.caption = caption
        self.classifier = classifier
    }

    mutating func append(_ frame: ObservedFrame) throws {
        frameCount += 1
        frames.append(frame.picture)
        if frames.count == Self.window { try readWindow() }
    }

    mutating func finish() throws -> MetricResult {
        if frames.count >= Self.shortestWindow || (readings.isEmpty && !frames.isEmpty) {
            try readWindow()
        } else {
            velocities.append((frames.count, nil))
        }
        let scrolled = velocities.compactMap(\.velocity)
        return MetricResult(
            Self.kind.name, settings: ["window_frames": "\(Self.window)"],
            figures: factorFigures() + [
                MetricFigure(
                    "journeys_scroll_direction", unit: "%", directionShare(scrolled),
                    meaning: "Share of windows in which the ground scrolls the way that the prompt "
                        + "says."),
                MetricFigure(
                    "journeys_speed_error", unit: "%", speedError(scrolled),
                    meaning:
                        "How far the scroll speed is off the prompt's, in the mean; 0 is exact, "
                        + "100 stands still, more runs the wrong way or too fast."),
            ],
            curves: [
                MetricCurve(
                    "scroll_velocity", unit: "px/frame",
                    velocities.flatMap { Array(repeating: $0.velocity, count: $0.frames) })
            ])
    }

    private mutating func readWindow() throws {
        readings.append(try classifier.read(frames))
        let velocity =
            frames.count > 1
            ? ScrollEstimator.velocity(frames, hasVehicle: caption.subject.isLandVehicle) : nil
        velocities.append((frames.count, velocity))
        frames = []
    }

    private func factorFigures() -> [MetricFigure] {
        func figure<Value: Equatable>(
            _ factor: String, _ wanted: Value?, _ shown: KeyPath<FactorClassifier.Reading, Value>
        ) -> MetricFigure {
            MetricFigure(
                "journeys_\(factor)", unit: "%",
                .of(frames: frameCount, needing: 1) {
                    guard let wanted else { return .undefined("the prompt leaves it open") }
                    let hits = readings.filter { $0[keyPath: shown] == wanted }.count
                    return .value(100 * Double(hits) / Double(readings.count))
                },
                meaning: "Share of windows whose \(factor) is what the prompt says, read by a "
                    + "classifier.")
        }
        return [
            figure("subject", caption.subject, \.subject),
            figure("colour", caption.colour, \.colour),
            figure("background", caption.background, \.background),
            figure("time", caption.timeOfDay, \.timeOfDay),
            figure("direction", caption.direction, \.direction),
        ]
    }

    private func directionShare(_ velocities: [Double]) -> MetricFigure.Measurement {
        .of(frames: frameCount, needing: 2) {
            guard let direction = caption.direction else {
                return .undefined("the prompt leaves it open")
            }
            let right = velocities.filter { $0 * direction.sign > 0 }.count
            return .value(100 * Double(right) / Double(velocities.count))
        }
    }

    /// Against the velocity where the prompt names a direction, else against the speed alone.
    private func speedError(_ velocities: [Double]) -> MetricFigure.Measurement {
        .of(frames: frameCount, needing: 2) {
            let wanted = caption.speed.pixelsPerFrame
            let errors = velocities.map { velocity in
                abs((caption.direction.map { velocity * $0.sign } ?? abs(velocity)) - wanted)
            }
            return .value(100 * (errors.mean ?? 0) / wanted)
        }
    }
}
