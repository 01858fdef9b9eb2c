import Foundations
public import Torch

/// A step that was recorded and can be done again.
public protocol RecordedStep {
    /// Does the step again, with what its inputs hold now.
    ///
    /// - Returns: the result, in memory that the next replay overwrites.
    func replay() throws(TensorError) -> Tensor
}

extension DeviceGraph: RecordedStep {}

/// Records what a step does on the device; the step itself may be done then or not.
public struct StepRecorder: Sendable {
    let record:
        @Sendable (_ step: @escaping () throws(TensorError) -> Tensor) throws(TensorError) ->
            any RecordedStep

    /// A recorder of another kind, for tests.
    package init(
        record:
            @escaping @Sendable (_ step: @escaping () throws(TensorError) -> Tensor)
            throws(TensorError) -> any RecordedStep
    ) {
        self.record = record
    }

    /// Records steps as CUDA graphs, see ``DeviceGraph``.
    ///
    /// - Throws: `InvalidField` for the processor; `TensorError` if there is no such device, or LibTorch
    ///   has no graphs for it.
    public static func cudaGraphs(on device: Device) throws -> StepRecorder {
        guard device != .cpu else {
            throw InvalidField(
                "cuda_graphs", "needs a GPU; give \(field: "device") cuda, or omit it")
        }
        try DeviceGraph.requireSupport(on: device)
        return StepRecorder { step throws(TensorError) in
            try DeviceGraph(on: device, recording: step)
        }
    }
}
