import Schedulers
import StreamingT2V
import Torch
import VideoModels

/// Makes videos as a model does, with guidance and many steps, and remembers the way.
struct Teacher {
    let pipeline: StreamingPipeline
    let streaming: StreamingPipeline.Streaming
    let defaults: GenerationDefaults
    /// Steps of the student, a divisor of the teacher's.
    let studentSteps: Int

    /// The first chunks of a video, which continue each other.
    ///
    /// - Parameters:
    ///   - text: `[2, N, D]`, no prompt and the prompt.
    ///   - shape: of a chunk's latents, `[1, C, F, h, w]`.
    func chunks(
        _ count: Int, text: Tensor, shape: [Int], noise: RandomGenerator
    ) throws -> [TeacherChunk] {
        let kept = streaming.configuration.conditionalFrames
        var chunks: [TeacherChunk] = []
        var images: Tensor?
        var frames: Tensor?
        var known: KnownFrames?
        for number in 0..<count {
            let conditioning =
                try images.map {
                    try pipeline.streamingConditioning(
                        text: text, images: $0,
                        guidance: request.streamingSampling(defaults)
                            .streamingGuidance, streaming)
                }
                ?? pipeline.firstConditioning(
                    text: text, guidance: request.firstSampling(defaults).firstGuidance)
            let condition = try frames.map {
                try $0.slice(0, $0.shape[0] - kept..<$0.shape[0]).copied()
            }
            let chunk = try chunk(
                number, shape: shape, conditioning: conditioning, condition: condition,
                known: known, noise: noise)
            chunks.append(chunk)
            let pictures = try pipeline.decode(chunk.latents, frames: 0..<shape[2]) * 2 - 1
            if images == nil {
                images = try pipeline.imageTokens(anchor: pictures.slice(0, 0..<1), streaming)
            }
            frames = pictures
            known = try KnownFrames(
                last: kept, of: chunk.latents,
                noise: pipeline.start(shape, chunk: number, known: known, noise: noise))
        }
        return chunks
    }

    private var request: GenerationRequest { GenerationRequest(prompt: "", seed: 0) }

    private func chunk(
        _ number: Int, shape: [Int], conditioning: StreamingPipeline.Conditioning,
        condition: Tensor?, known: KnownFrames?, noise: RandomGenerator
    ) throws -> TeacherChunk {
        let sampling =
            number == 0 ? request.firstSampling(defaults) : request.streamingSampling(defaults)
        let scheduler = DPMSolverScheduler(pipeline.scheduler, steps: studentSteps)
        let schedule = NoiseSchedule(pipeline.scheduler)
        let pace = sampling.steps / studentSteps
        var states = [try pipeline.start(shape, chunk: number, known: known, noise: noise)]
        let latents = try pipeline.denoise(
            shape: shape, chunk: number, sampling: sampling, conditioning: conditioning,
            condition: condition, known: known, noise: noise
        ) { step, _, sample in
            if (step + 1) % pace == 0 { states.append(sample) }
        }
        var history = DPMSolverScheduler.History()
        var samples: [Tensor] = []
        var targets: [Tensor] = []
        for (index, timestep) in scheduler.timesteps.enumerated() {
            let sample =
                try known?.replaced(in: states[index], at: timestep, schedule)
                ?? states[index]
            samples.append(sample)
            targets.append(
                try scheduler.prediction(
                    from: sample, to: states[index + 1], at: index, history: &history))
        }
        return TeacherChunk(
            samples: try Tensor.concatenated(samples, axis: 0),
            targets: try Tensor.concatenated(targets, axis: 0),
            tokens: try conditioning.context.lastRow().tokens.copied(), condition: condition,
            known: known, latents: latents)
    }
}
