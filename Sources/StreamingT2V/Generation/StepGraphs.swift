import Torch

/// Does the steps of a chunk, or other steps that differ in their inputs alone: the first as usual, the second recorded, and
/// all behind it as replays.
///
/// The first step makes what a recording must not make, as keys and values of the context or workspaces of libraries. There
/// is one recording at a time: guidance ends once in a chunk, and then the guided steps' memory is free.
final class StepGraphs {
    private let recorder: StepRecorder
    private var kind: Int?
    private var recorded: Recording?

    private struct Recording {
        let sample: Tensor
        let timesteps: Tensor
        let step: any RecordedStep
    }

    init(_ recorder: StepRecorder) {
        self.recorder = recorder
    }

    /// Does a step.
    ///
    /// - Parameters:
    ///   - kind: steps of the same number in a row do the same operations on inputs of the same shapes.
    ///   - sample: noisy latents.
    ///   - timesteps: one for each evaluation, on the device.
    ///   - step: uses no other tensors that change from step to step, and no numbers of the host that do.
    /// - Returns: what `step` gives, in memory of its own.
    func run(
        kind: Int, _ sample: Tensor, _ timesteps: Tensor,
        _ step: @escaping (Tensor, Tensor) throws(TensorError) -> Tensor
    ) throws(TensorError) -> Tensor {
        guard kind == self.kind else {
            (self.kind, recorded) = (kind, nil)
            return try step(sample, timesteps)
        }
        let recording =
            if let recorded { recorded } else { try record(sample, timesteps, step) }
        recorded = recording
        try recording.sample.assign(sample)
        try recording.timesteps.assign(timesteps)
        return try recording.step.replay().copied()
    }

    private func record(
        _ sample: Tensor, _ timesteps: Tensor,
        _ step: @escaping (Tensor, Tensor) throws(TensorError) -> Tensor
    ) throws(TensorError) -> Recording {
        let (sample, timesteps) = (try sample.copied(), try timesteps.copied())
        let made = try recorder.record { () throws(TensorError) in try step(sample, timesteps) }
        return Recording(sample: sample, timesteps: timesteps, step: made)
    }
}
