import Schedulers
import Torch
import VideoIO
import VideoModels

/// The enhancement of one video: frames go in, and finished ones come out.
///
/// What it remembers depends on chunk length and steps, not on the length of the video.
///
/// `@unchecked Sendable`: the enhancer's thread alone touches it.
final class EnhancementSession: @unchecked Sendable {
    private let pipeline: EnhancementPipeline
    private let rule: EnhancementSizeRule
    private let sampling: EnhancementDefaults
    private let generator: RandomGenerator
    private let engine: StreamingEnhancer
    private let meter: Meter
    private var letterbox: (picture: [Int], Letterbox)?
    /// Latents of finished frames that nobody has asked for yet, each `[1, C, 1, h, w]`.
    private var finished: [Tensor] = []
    private var isEnding = false

    /// Counts what is done; apart from the session, which the network would keep alive otherwise.
    private final class Meter {
        let frames: Int?
        let total: Int?
        let report: (EnhancementProgress) -> Void
        var read = 0
        var delivered = 0
        var evaluations = 0

        init(frames: Int?, total: Int?, report: @escaping (EnhancementProgress) -> Void) {
            self.frames = frames
            self.total = total
            self.report = report
        }

        func evaluated() {
            evaluations += 1
            report(
                EnhancementProgress(
                    framesRead: read, framesDelivered: delivered, frames: frames,
                    evaluations: evaluations, totalEvaluations: total))
        }
    }

    /// Begins a video.
    ///
    /// - Parameters:
    ///   - text: tokens of the prompt and the negative prompt, `[2, L, D]`.
    ///   - frames: length of the video for reports, if it is known.
    init(
        _ pipeline: EnhancementPipeline, settings: EnhancementSettings, rule: EnhancementSizeRule,
        text: Tensor, frames: Int?, progress: @escaping (EnhancementProgress) -> Void
    ) throws {
        self.pipeline = pipeline
        self.rule = rule
        sampling = settings.sampling
        generator = RandomGenerator(seed: settings.seed)
        let grid = try sampling.grid()
        let total = try frames.map { try grid.chunkCount(frames: $0) * settings.sampling.steps }
        let meter = Meter(frames: frames, total: total, report: progress)
        self.meter = meter
        let sampler = try VideoToVideoSampler(
            pipeline.schedule, table: sampling.stepTable, eta: sampling.eta,
            scale: sampling.firstInputScale)
        let network = try pipeline.network(
            text: text, guidance: sampling.guidance, evaluated: meter.evaluated)
        engine = try StreamingEnhancer(
            StreamingEnhancer.Options(
                grid: grid, blending: sampling.blending, lowDelaySteps: settings.lowDelaySteps),
            sampler: sampler, network: network, noise: generator, seams: generator)
    }

    /// Takes the next frames of the video, all of one size.
    func push(_ frames: [RGBFrame]) throws {
        var latents: [Tensor] = []
        for frame in frames {
            try Task.checkCancellation()
            let canvas = try letterbox(for: frame).apply(frame)
            latents.append(
                try pipeline.encode(canvas, frame: meter.read, generator: generator))
            meter.read += 1
        }
        guard !latents.isEmpty else { return }
        try keep(engine.push(Tensor.concatenated(latents, axis: 2)))
    }

    /// Ends the video: every frame that is still inside becomes final, as ``next()`` asks for it.
    func finish() { isEnding = true }

    /// Whether ``next()`` may need the networks.
    var hasWork: Bool { isEnding || !finished.isEmpty }

    /// The next finished frame without its bars, or `nil` if there is none now.
    func next() throws -> RGBFrame? {
        while finished.isEmpty, isEnding, let latents = try engine.finishNext() {
            try keep(latents)
        }
        guard let latents = finished.first, let (_, letterbox) = letterbox else { return nil }
        let picture = letterbox.crop(try pipeline.decode(latents)).sharpened(sampling.sharpening)
        finished.removeFirst()
        meter.delivered += 1
        return picture
    }

    private func keep(_ latents: Tensor?) throws(TensorError) {
        guard let latents else { return }
        for index in 0..<latents.shape[2] {
            finished.append(try latents.slice(2, index..<index + 1).copied())
        }
    }

    /// Where pictures of this video lie on the network's canvas.
    private func letterbox(for frame: RGBFrame) throws -> Letterbox {
        let size = [frame.width, frame.height]
        if let letterbox {
            guard letterbox.picture == size else {
                throw EnhancementError.frameSize(
                    frame: meter.read, expected: letterbox.picture, actual: size)
            }
            return letterbox.1
        }
        let made = try rule.letterbox(
            picture: (frame.width, frame.height), size: (sampling.width, sampling.height))
        letterbox = (size, made)
        return made
    }
}
