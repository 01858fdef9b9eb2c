public import VideoIO

/// The measurement of one video: everything that is needed is checked before the first frame is read.
public final class VideoEvaluation {
    /// The video.
    public let video: VideoReader

    private let context: MetricContext
    private let reference: VideoReader?
    private let manifest: String?
    private var metrics: [any VideoMetric] = []
    private var skipped: [VideoResult.Skipped] = []

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
        for kind in kinds ?? MetricKind.all.filter(\.isDefault) {
            do {
                metrics.append(try kind.make(context))
            } catch EvaluationError.missing(let metric, let need, let remedy) where kinds == nil {
                skipped.append(.init(metric: metric, reason: "needs \(need). \(remedy)"))
            }
        }
    }

    /// Reads and measures all frames.
    ///
    /// - Parameter observe: is called after each frame.
    public func run(
        observe: (ObservedFrame) -> Void = { _ in }
    ) async throws -> VideoResult {
        var frames = video.makeAsyncIterator()
        var others = reference?.makeAsyncIterator()
        var previous: RGBFrame?
        var count = 0
        while let picture = try await frames.next() {
            let other = try await others?.next()
            if let reference, other == nil {
                throw EvaluationError.unusableReference(
                    path: reference.path, reason: "it ends after \(count) frames")
            }
            let frame = ObservedFrame(
                index: count, picture: picture, previous: previous, reference: other)
            for index in metrics.indices { try metrics[index].append(frame) }
            observe(frame)
            previous = picture
            count += 1
        }
        var results: [MetricResult] = []
        for index in metrics.indices { results.append(try metrics[index].finish()) }
        return VideoResult(
            video: video.path, frames: count, width: video.info.width, height: video.info.height,
            prompt: context.prompt, manifest: manifest, reference: reference?.path,
            metrics: results, skipped: skipped)
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
