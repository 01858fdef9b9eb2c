import Testing
import Torch

@Suite struct DeviceGraphTests {
    private static func hasGPU() -> Bool {
        (try? DeviceGraph.requireSupport(on: .cuda(0))) != nil
    }

    @Test func theProcessorsWorkCannotBeRecorded() throws {
        let error = try #require(throws: TensorError.self) {
            try DeviceGraph(on: .cpu) { () throws(TensorError) in
                Issue.record("the work was done")
                return try Tensor.zeros([1])
            }
        }
        #expect(error == .graphsUnavailable(.cpu))
        #expect(
            error.description
                == "the work of cpu cannot be recorded. Use device cuda, or omit cuda_graphs."
        )
    }

    @Test func aDeviceThatIsMissingIsNamed() throws {
        let error = try #require(throws: TensorError.self) {
            try DeviceGraph.requireSupport(on: .cuda(99))
        }
        guard case .deviceUnavailable(.cuda(99), _) = error else {
            Issue.record("\(error)")
            return
        }
    }

    @Test func anotherLibTorchIsNamed() {
        let text = TensorError.graphsUnavailable(.cuda(1)).description
        #expect(text.contains("LibTorch \(Runtime.version) ") && text.contains("cuda:1"))
        #expect(text.contains("omit cuda_graphs"))
    }

    @Test(.enabled("needs a GPU", hasGPU)) func replaysSeeNewNumbers() throws {
        let input = try Tensor.full([3], value: 1, device: .cuda(0))
        let graph = try DeviceGraph(on: .cuda(0)) { () throws(TensorError) in try input * 2 + 1 }
        var results: [Tensor] = []
        for number in [1.0, 5, -3] {
            try input.assign(Tensor.full([3], value: number, device: .cuda(0)))
            results.append(try graph.replay())
            #expect(try results.last?.values() == Array(repeating: Float(2 * number + 1), count: 3))
        }
        // All in one place.
        #expect(try results[0].values() == [-5, -5, -5] as [Float])
    }

    @Test(.enabled("needs a GPU", hasGPU)) func workThatFailsLeavesTheDeviceAsItWas() throws {
        let input = try Tensor.full([3], value: 1, device: .cuda(0))
        let other = try Tensor.full([4], value: 1, device: .cuda(0))
        for _ in 0..<2 {
            let error = try #require(throws: TensorError.self) {
                try DeviceGraph(on: .cuda(0)) { () throws(TensorError) in try input + other }
            }
            #expect(error.description.hasPrefix("aten::add failed on shapes [3], [4]"))
        }
        #expect(try (input + 1).values() == [2, 2, 2] as [Float])
        let graph = try DeviceGraph(on: .cuda(0)) { () throws(TensorError) in try input + 2 }
        #expect(try graph.replay().values() == [3, 3, 3] as [Float])
    }
}
