import Schedulers
import StreamingT2V
import Torch
import VideoModels

/// Makes videos as a model does, with guidance and many steps, and remembers the way.
struct Teacher {
    let pipeline: StreamingPipeline
    let streaming: StreamingPipeline.Streaming
    let settings: SamplingSettings
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
        var rollout = ChunkRollout(
            pipeline, settings, shape: shape, text: { _ in (0, text) }, noise: { _ in noise })
        return try (0..<count).map { number in
            let pace = (number == 0 ? settings.firstSteps : settings.steps) / studentSteps
            var states: [Tensor] = []
            let chunk = try rollout.next(
                observer: .init { step, sample in
                    if (step + 1) % pace == 0 { states.append(sample) }
                })
            let start = try pipeline.start(
                shape, chunk: number, known: chunk.known, noise: noise)
            return try lesson(chunk, [start] + states)
        }
    }

    /// What the student sees and shall predict where the teacher went through some states.
    private func lesson(_ chunk: ChunkRollout.Chunk, _ states: [Tensor]) throws -> TeacherChunk {
        let known = chunk.known
        let scheduler = DPMSolverScheduler(pipeline.scheduler, steps: studentSteps)
        let schedule = NoiseSchedule(pipeline.scheduler)
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
            tokens: try chunk.conditioning.context.lastRow().tokens.copied(),
            condition: try chunk.condition?.copied(), known: known, latents: chunk.latents)
    }
}
