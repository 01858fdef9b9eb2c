import Checkpoints
import Foundation
import Testing
import Torch
import TorchNN
import VideoIO
import VideoModels

@testable import Evaluation

/// With random weights: what goes into the network and comes out of it; `RAFTParityTests` compares its numbers.
@Suite struct RAFTFlowEstimatorTests {
    private static func weights(in folder: URL) throws -> (file: URL, network: RAFT) {
        let network = RAFT()
        try network.initialize(seed: 3)
        let file = folder.appending(path: "raft.safetensors")
        try saveTensors(network.namedTensors(.raftLarge), to: file)
        return (file, network)
    }

    private func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "raft-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    @Test func givesTheNetworksFlow() throws {
        try withFolder { folder in
            let (file, network) = try Self.weights(in: folder)
            let estimator = try RAFTFlowEstimator(weights: file, updates: 2)
            let hash = try SafetensorsFile(url: file).sha256().prefix(12)
            #expect(estimator.name == "RAFT large (2 updates, weights \(hash))")

            let first = Pattern.window(x: 0, y: 0, width: 136, height: 128)
            let second = Pattern.window(x: 3, y: 1, width: 136, height: 128)
            let flow = try estimator.flow(from: first, to: second)
            #expect((flow.width, flow.height) == (136, 128))
            let images = try [first, second].map { frame in
                try Tensor(frame.pixels, shape: [1, 128, 136, 3]).permuted(0, 3, 1, 2)
                    .converted(to: .float32) / 127.5 - 1
            }
            let expected = try withInferenceMode {
                try network(images[0], images[1], updates: 2).values(as: Float.self)
            }
            let largest = expected.map(abs).max() ?? 0
            #expect(largest > 1e-3)
            for (actual, reference) in zip(flow.horizontal + flow.vertical, expected) {
                guard abs(actual - reference) > 1e-4 * largest else { continue }
                Issue.record("\(actual), not \(reference)")
                break
            }
            let more = try RAFTFlowEstimator(weights: file, updates: 3)
            #expect(try more.flow(from: first, to: second) != flow)
        }
    }

    @Test func unusableFramesAndFilesAreErrors() throws {
        try withFolder { folder in
            let (file, _) = try Self.weights(in: folder)
            let estimator = try RAFTFlowEstimator(weights: file)
            let good = Pattern.grey(1, width: 128, height: 128)
            for size in [(64, 64), (128, 132), (130, 128)] {
                let frame = Pattern.grey(1, width: size.0, height: size.1)
                #expect(throws: OpticalFlowError.self) {
                    try estimator.flow(from: frame, to: frame)
                }
            }
            #expect(
                throws: OpticalFlowError.frameSizeMismatch(
                    expected: [128, 128], actual: [128, 136])
            ) {
                try estimator.flow(from: good, to: Pattern.grey(1, width: 128, height: 136))
            }
            let other = folder.appending(path: "other.safetensors")
            try saveTensors([("conv.weight", Tensor.zeros([2]))], to: other)
            #expect(throws: CheckpointError.self) { try RAFTFlowEstimator(weights: other) }
            let missing = folder.appending(path: "missing.safetensors")
            #expect(throws: CheckpointError.self) { try RAFTFlowEstimator(weights: missing) }
        }
    }
}
