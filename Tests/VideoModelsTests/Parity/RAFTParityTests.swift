import Checkpoints
import TestSupport
import Testing
import Torch
import TorchNN

@testable import VideoModels

/// Flows of the whole network against torchvision's, with the same weights, plain and prepared.
@Suite(
    .enabled(
        if: FixtureFolder.raft.promises("weights.safetensors"),
        "set ST2V_FIXTURES_RAFT to a folder that scripts/fixtures/raft.py made"))
struct RAFTParityTests {
    /// `[1, 3, H, W]` in [−1, 1] from bytes `[H, W, 3]`.
    private func image(_ bytes: Tensor) throws -> Tensor {
        let (height, width, _) = try bytes.shape3()
        let image = try bytes.permuted(2, 0, 1).reshaped(1, 3, height, width)
        return try image.converted(to: .float32) / 127.5 - 1
    }

    @Test(arguments: [false, true]) func flowsMatchReference(isPrepared: Bool) throws {
        let network = RAFT()
        let archive = try SafetensorsArchive(url: FixtureFolder.raft.url("weights.safetensors"))
        try network.load(from: archive, keyMap: .raftLarge)
        if isPrepared { try network.prepare(for: .inference()) }
        let file = try FixtureFile("cases", in: .raft)
        for match in try file.requiredMatches(/(.+)\.flow\.(\d+)/, "flow") {
            let name = String(match.output.1)
            let updates = try #require(Int(match.output.2))
            let first = try image(file.tensor("\(name).first"))
            let second = try image(file.tensor("\(name).second"))
            let flow = try withInferenceMode { try network(first, second, updates: updates) }
            let (_, _, height, width) = try first.shape4()
            try file.expect(
                flow.reshaped(2, height, width), equals: String(match.output.0),
                within: .opticalFlow)
        }
        file.expectAllUsed()
    }
}
