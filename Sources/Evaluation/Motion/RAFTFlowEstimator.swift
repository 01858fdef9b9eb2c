import Checkpoints
public import Foundation
public import Torch
import StreamingT2V
import TorchNN
public import VideoModels
public import VideoIO

/// Optical flow by RAFT, the network that published values of the metric rest on.
///
/// Weights are not shipped. A file of them is the state dict of torchvision's `raft_large`, as torchvision publishes it or as
/// safetensors.
public final class RAFTFlowEstimator: OpticalFlowEstimator {
    /// `RAFT large (12 updates, weights 1a2b3c4d5e6f)`, with the first digits of the file's SHA-256.
    public let name: String

    private let network = RAFT()
    private let updates: Int
    private let device: Device

    /// Loads the weights.
    ///
    /// - Parameters:
    ///   - weights: the file, `raft_large_C_T_SKHT_V2-ff5fadd5.pth` or one with the same tensors.
    ///   - updates: number of refinements, at least 1.
    ///   - device: where the network runs.
    /// - Throws: `CheckpointError` if the file does not fit, `TensorError` if the device cannot be used.
    public init(
        weights: URL, updates: Int = RAFT.standardUpdates, device: Device = .cpu
    ) throws {
        precondition(updates >= 1, "without a refinement there is no flow")
        let archive = try openCheckpoint(weights)
        try network.load(from: archive, keyMap: .raftLarge)
        try network.prepare(for: .inference(device: device))
        let hash = archive.fileHashes().map { $0.hash.prefix(12) }.joined(separator: "+")
        name = "RAFT large (\(updates) updates, weights \(hash))"
        self.updates = updates
        self.device = device
    }

    /// The motion from `first` to `second`.
    ///
    /// - Throws: ``OpticalFlowError`` for frames of other sizes than multiples of 8 from 128 pixels, `TensorError`.
    public func flow(from first: RGBFrame, to second: RGBFrame) throws -> FlowField {
        let (width, height) = (first.width, first.height)
        guard second.width == width, second.height == height else {
            throw OpticalFlowError.frameSizeMismatch(
                expected: [width, height], actual: [second.width, second.height])
        }
        guard [width, height].allSatisfy(RAFT.canWork(onSide:)) else {
            throw OpticalFlowError.unusableFrameSize(
                estimator: name, size: [width, height],
                rule: "both sides have to be multiples of \(RAFT.sideDivisor) and at least "
                    + "\(RAFT.smallestSide)")
        }
        let planes = try withInferenceMode {
            let images = try [first, second].map { try Tensor.images([$0]).moved(to: device) }
            return try network(images[0], images[1], updates: updates).values(as: Float.self)
        }
        return FlowField(width: width, height: height, planes: planes)
    }
}
