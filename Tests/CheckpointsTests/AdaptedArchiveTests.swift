import Foundation
import TestSupport
import Testing
import Torch

@testable import Checkpoints

@Suite struct AdaptedArchiveTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func archive(
        _ name: String, _ tensors: [(String, [Int])], dtype: DType = .float32
    ) throws -> SafetensorsArchive {
        let named = try tensors.enumerated().map { index, tensor in
            (
                name: tensor.0,
                tensor: try RandomGenerator(seed: UInt64(index) + 1).normal(tensor.1, .data)
            )
        }
        try saveTensors(named, to: scratch.url(name), dtype: dtype)
        return try SafetensorsArchive(url: scratch.url(name))
    }

    @Test func addsTheProductToTheWeightsThatHaveOne() throws {
        let base = try archive(
            "base.safetensors",
            [("a.conv.weight", [3, 2, 1, 2]), ("a.conv.bias", [3]), ("b.weight", [2, 2])],
            dtype: .float16)
        let adapter = try archive(
            "adapter.safetensors",
            [
                ("a.conv.lora_B.weight", [3, 2]), ("a.conv.lora_A.weight", [2, 4]),
                ("elsewhere.lora_B.weight", [1, 1]), ("elsewhere.lora_A.weight", [1, 1]),
            ])
        let adapted = try AdaptedArchive(base, changedBy: adapter)
        #expect(adapted.names == base.names && adapted.url == base.url)
        #expect(adapted.changedNames == ["a.conv.weight"])
        #expect(adapted.fileHashes().map(\.hash) == base.fileHashes().map(\.hash))

        let weight = try base.tensor("a.conv.weight").converted(to: .float32)
            .values(as: Float.self)
        let up = try adapter.tensor("a.conv.lora_B.weight").values(as: Float.self)
        let down = try adapter.tensor("a.conv.lora_A.weight").values(as: Float.self)
        let changed = try adapted.tensor("a.conv.weight")
        #expect(changed.shape == [3, 2, 1, 2] && changed.dtype == .float32)
        for (index, value) in try changed.values(as: Float.self).enumerated() {
            let (row, column) = (index / 4, index % 4)
            let product = up[2 * row] * down[column] + up[2 * row + 1] * down[4 + column]
            #expect(abs(value - weight[index] - product) < 1e-5)
        }
        for name in ["a.conv.bias", "b.weight"] {
            #expect(adapted.entries[name] == base.entries[name])
            #expect(
                try adapted.withBytes(of: name) { Data($0) }
                    == base.withBytes(of: name) { Data($0) })
        }
        try adapted.releaseMemory(of: "a.conv.weight")
        #expect(
            try adapted.tensor("a.conv.weight").values(as: Float.self)
                == changed.values(as: Float.self))
    }

    @Test func refusesMatricesThatDoNotFit() throws {
        let base = try archive("base.safetensors", [("a.weight", [3, 4])])
        let single = try archive("single.safetensors", [("a.lora_A.weight", [2, 4])])
        #expect(
            throws: CheckpointError.noSuchTensor(
                file: scratch.path("single.safetensors"), name: "a.lora_B.weight")
        ) { try AdaptedArchive(base, changedBy: single) }
        for (up, down) in [
            ([3, 2], [2, 5]), ([4, 2], [2, 4]), ([3, 2], [1, 4]), ([3], [1, 4]),
        ] {
            let wrong = try archive(
                "wrong.safetensors", [("a.lora_B.weight", up), ("a.lora_A.weight", down)])
            #expect {
                try AdaptedArchive(base, changedBy: wrong)
            } throws: { error in
                guard case .corrupt(_, let reason)? = error as? CheckpointError else {
                    return false
                }
                return reason.contains("a.weight [3, 4]")
            }
        }
    }

    @Test func isRecognised() {
        #expect(
            CheckpointContents(names: ["conv_in.lora_A.weight", "conv_in.lora_B.weight"])
                == .adapter)
        #expect(CheckpointContents(names: [String]()) == nil)
    }
}
