import Dispatch
import Foundation
import StreamingT2V
import Torch
import TorchNN

/// Computes parts of a batch at once, each on a thread of its own.
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
        let parts = stage.isSeparable ? Self.parts(of: samples.count, count) : [samples.indices]
        let shares = try map(parts.count) { index in
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
        let parts = Self.parts(of: clips.count, count)
        return try map(parts.count) { try clips[parts[$0]].map(stage.sample) }.flatMap(\.self)
    }

    /// Parts of about the same size, none empty unless there is nothing.
    static func parts(of total: Int, _ count: Int) -> [Range<Int>] {
        let count = max(min(count, total), 1)
        return (0..<count).map { $0 * total / count..<($0 + 1) * total / count }
    }

    /// The results of `body` for 0 ..< `count`, in order; throws the first error in that order.
    private func map<Value>(_ count: Int, _ body: (Int) throws -> Value) throws -> [Value] {
        guard count > 1 else { return try [body(0)] }
        return try withoutActuallyEscaping(body) { body in
            let work = Work(body: body, count: count)
            DispatchQueue.concurrentPerform(iterations: count) { work.run($0) }
            return try work.results()
        }
    }

    /// What the threads share.
    ///
    /// Unchecked: `body` only reads the stage and its samples, LibTorch locks the gradients itself, and `outcomes` is only
    /// touched under the lock.
    private final class Work<Value>: @unchecked Sendable {
        private let body: (Int) throws -> Value
        private let lock = NSLock()
        private var outcomes: [Result<Value, any Error>?]

        init(body: @escaping (Int) throws -> Value, count: Int) {
            self.body = body
            outcomes = Array(repeating: nil, count: count)
        }

        func run(_ index: Int) {
            ModelExecutor.takeProcessPriority()
            let outcome = Result { try body(index) }
            lock.withLock { outcomes[index] = outcome }
        }

        func results() throws -> [Value] {
            try lock.withLock { try outcomes.compactMap { try $0?.get() } }
        }
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
