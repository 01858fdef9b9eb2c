import StreamingT2V
import Synchronization
import Torch

/// Stands in for a GPU's graphs: it records a step by keeping it, and replays it by running it again.
///
/// As with a graph, there is no result before the first replay, a replay reads its inputs where they were, and all results of
/// a recording lie in the same memory.
final class RerunRecorder: Sendable {
    private struct Counts {
        var recordings = 0
        var replays = 0
    }

    private let counts = Mutex(Counts())

    var recordings: Int { counts.withLock { $0.recordings } }
    var replays: Int { counts.withLock { $0.replays } }

    var recorder: StepRecorder {
        StepRecorder { [self] step throws(TensorError) in
            counts.withLock { $0.recordings += 1 }
            let output = try Tensor.full(step().shape, value: .nan)
            return Recorded(step: step, output: output) { [self] in
                counts.withLock { $0.replays += 1 }
            }
        }
    }

    private struct Recorded: RecordedStep {
        let step: () throws(TensorError) -> Tensor
        let output: Tensor
        let count: () -> Void

        func replay() throws(TensorError) -> Tensor {
            count()
            try output.assign(step())
            return output
        }
    }
}
