import CTorch

/// Work of a GPU that is recorded once and replayed as a whole, without the processor's part in it: choosing and starting
/// its kernels one by one.
///
/// A replay runs the recorded kernels again, on the memory that they were recorded on: it sees the numbers that tensors
/// from outside of the work hold by then, and nothing else that has changed. Work that can be recorded neither reads numbers
/// of the device nor brings numbers to it, and does the same operations whenever it is done. What it does for the first time,
/// as making workspaces or choosing kernels, must have been done before.
///
/// Source: LibTorch's `at::cuda::CUDAGraph`; CUDA C++ Programming Guide, section "CUDA Graphs".
public final class DeviceGraph {
    private let handle: STGraph
    /// Holds the tensors whose memory the recorded kernels read.
    private let work: () throws(TensorError) -> Tensor

    /// Records `work`; nothing of it is computed before the first replay.
    ///
    /// If the work throws, its recording is given up, and the device goes on as before.
    ///
    /// - Throws: what `work` throws; `TensorError.graphsUnavailable` and `TensorError.deviceUnavailable` as
    ///   ``requireSupport(on:)``.
    public init(
        on device: Device, recording work: @escaping () throws(TensorError) -> Tensor
    ) throws(TensorError) {
        try Self.requireSupport(on: device)
        var begun: STGraph?
        try Operator.check(
            st_graph_begin(device.code.type, device.code.index, &begun), name: "graph recording")
        guard let begun else {
            throw .operation(name: "graph recording", message: "returned nothing", shapes: [])
        }
        do throws(TensorError) {
            let output = try work()
            try Operator.check(
                st_graph_end(begun, output.handle), name: "graph recording", shapes: [output.shape])
        } catch {
            st_graph_free(begun)
            throw error
        }
        handle = begun
        self.work = work
    }

    deinit {
        st_graph_free(handle)
    }

    /// Does the recorded work again.
    ///
    /// - Returns: its result, which lies in the graph's memory: the next replay overwrites it.
    public func replay() throws(TensorError) -> Tensor {
        try Operator.call("graph replay", []) { st_graph_replay(handle, &$0) }
    }

    /// Throws unless work can be recorded on `device`.
    public static func requireSupport(on device: Device) throws(TensorError) {
        try Runtime.require(device)
        guard st_graph_available(device.code.type) else { throw .graphsUnavailable(device) }
    }
}
