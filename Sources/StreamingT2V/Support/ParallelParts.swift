import Dispatch
import Foundation

/// Computes parts of a batch at once, each on a thread of its own.
package enum ParallelParts {
    /// Parts of about the same size, none empty unless there is nothing.
    package static func ranges(of total: Int, _ count: Int) -> [Range<Int>] {
        let count = max(min(count, total), 1)
        return (0..<count).map { $0 * total / count..<($0 + 1) * total / count }
    }

    /// The results of `body` for 0 ..< `count`, in order; throws the first error in that order.
    package static func map<Value>(
        _ count: Int, _ body: (Int) throws -> Value
    ) throws -> [Value] {
        guard count > 1 else { return try (0..<count).map(body) }
        return try withoutActuallyEscaping(body) { body in
            let work = Work(body: body, count: count)
            DispatchQueue.concurrentPerform(iterations: count) { work.run($0) }
            return try work.results()
        }
    }

    /// What the threads share.
    ///
    /// Unchecked: `body` only reads what it shares, LibTorch locks gradients itself, and `outcomes` is only touched under the
    /// lock.
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
