import StreamingT2V
import Torch
import TorchNN

/// Loss and gradients of a batch, and its samples, made in parts at once.
///
/// Operations on small tensors gain little from more threads each; parts of a batch depend on nothing of each other.
struct BatchWorkers {
    let count: Int

    /// Adds the gradients of a step's loss to the parameters and returns the loss.
    ///
    /// All parts add to the same gradients: with two the sum is the same whichever comes first, with more it may differ in
    /// its last bits from run to run.
    func backward<Stage: TrainingStage>(
        _ stage: Stage, _ samples: [Stage.Sample], step: Int
    ) throws -> Double {
        let parts =
            stage.isSeparable ? ParallelParts.ranges(of: samples.count, count) : [samples.indices]
        let shares = try ParallelParts.map(parts.count) { index in
            let part = parts[index]
            let loss = try stage.loss(
                Array(samples[part]), step: step, firstSlot: part.lowerBound)
            let share = try loss * (Double(part.count) / Double(samples.count))
            try share.backward()
            return try share.item()
        }
        return shares.reduce(0, +)
    }

    /// Clips in the form that the stage's loss reads.
    func samples<Stage: TrainingStage>(
        _ stage: Stage, of clips: [TrainingClip]
    ) throws -> [Stage.Sample] {
        let parts = ParallelParts.ranges(of: clips.count, count)
        return try ParallelParts.map(parts.count) { try clips[parts[$0]].map(stage.sample) }
            .flatMap(\.self)
    }
}

extension RandomGenerator {
    /// Normal numbers for a part of a batch: each row's depend on its place in the batch only, so that parts can be
    /// computed alone.
    ///
    /// - Parameters:
    ///   - shape: rows first.
    ///   - firstSlot: place of the first row in the batch.
    func normal(
        _ shape: [Int], _ purpose: Purpose, firstSlot: Int, step: Int
    ) throws(TensorError) -> Tensor {
        var rows: [Tensor] = []
        for slot in firstSlot..<firstSlot + shape[0] {
            rows.append(
                try normal([1] + shape.dropFirst(), purpose, chunk: slot, step: step))
        }
        return try Tensor.concatenated(rows, axis: 0)
    }
}
