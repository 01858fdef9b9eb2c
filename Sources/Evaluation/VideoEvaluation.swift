public import VideoIO

/// The measurement of one video: everything that is needed is checked before the first frame is read.
public final class VideoEvaluation {
    /// The video.
    public let video: VideoReader

    private let context: MetricContext
    private let reference: VideoReader?
    private let manifest: String?
    private var measurement: FrameMeasurement

    /// Prepares metrics for a video.
    ///
    /// - Parameters:
    ///   - video: the video.
    ///   - kinds: the metrics; `nil` for all that the circumstances allow.
    ///   - context: the video's circumstances; its reference is filled in.
    ///   - manifest: where the circumstances were read from, for the result.
    ///   - reference: the video to compare with.
    /// - Throws: `EvaluationError` if something is missing that a metric needs.
    public init(
        video: VideoReader, kinds: [MetricKind]?, context: MetricContext, manifest: String? = nil,
        reference: VideoReader? = nil
    ) async throws {
        self.video = video
        self.reference = reference
        self.manifest = manifest
        var context = context
        context.reference = reference?.info
        self.context = context
        if let reference { try await Self.requireFit(reference, to: video) }
        measurement = try FrameMeasurement(kinds: kinds, context: context)
    }

    /// Reads and measures all frames.
    ///
    /// - Parameter observe: is called after each frame.
    public func run(
        observe: (ObservedFrame) -> Void = { _ in }
    ) async throws -> VideoResult {
        var frames = video.makeAsyncIterator()
        var others = reference?.makeAsyncIterator()
        while let picture = try await frames.next() {
            let other = try await others?.next()
            if let reference, other == nil {
                throw EvaluationError.unusableReference(
                    path: reference.path,
                    reason: "it ends after \(measurement.frameCount) frames")
            }
            observe(try measurement.append(picture, reference: other))
        }
        return VideoResult(
            video: video.path, frames: measurement.frameCount, width: video.info.width,
            height: video.info.height, prompt: context.prompt, manifest: manifest,
            reference: reference?.path, metrics: try measurement.finish(),
            skipped: measurement.skipped)
    }

    private static func requireFit(_ reference: VideoReader, to video: VideoReader) async throws {
        let (one, two) = (video.info, reference.info)
        guard one.width == two.width, one.height == two.height else {
            throw EvaluationError.unusableReference(
                path: reference.path,
                reason: "it has \(two.width)×\(two.height) pixels, the video "
                    + "\(one.width)×\(one.height)")
        }
        let counts = (try await video.countFrames(), try await reference.countFrames())
        guard counts.0 == counts.1 else {
            throw EvaluationError.unusableReference(
                path: reference.path,
                reason: "it has \(counts.1) frames, the video \(counts.0)")
        }
    }
}
