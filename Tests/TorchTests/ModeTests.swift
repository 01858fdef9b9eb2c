import Testing
import Torch

@Suite struct ModeTests {
    private struct Stop: Error {}

    private func leaf() throws -> Tensor {
        let leaf = try Tensor.full([2, 2], value: 3)
        try leaf.setRequiresGradient(true)
        return leaf
    }

    @Test func withoutGradientsEndsWithItsScope() throws {
        let leaf = try leaf()
        #expect(try (leaf * 2).requiresGradient)
        #expect(try withoutGradients { try (leaf * 2).requiresGradient } == false)
        #expect(try (leaf * 2).requiresGradient)
    }

    @Test func withoutGradientsEndsOnThrow() throws {
        let leaf = try leaf()
        #expect(throws: Stop.self) { try withoutGradients { throw Stop() } }
        #expect(try (leaf * 2).requiresGradient)
    }

    @Test func scopesNest() throws {
        let leaf = try leaf()
        try withoutGradients {
            let isRecorded = try withoutGradients { try (leaf * 2).requiresGradient }
            #expect(!isRecorded)
            #expect(try !(leaf * 2).requiresGradient, "the outer scope goes on")
            #expect(throws: Stop.self) { try withInferenceMode { throw Stop() } }
            #expect(try !(leaf * 2).requiresGradient)
        }
        #expect(try (leaf * 2).requiresGradient)
    }

    @Test func inferenceTensorsCannotTrain() throws {
        let leaf = try leaf()
        let inferred = try withInferenceMode {
            let inferred = try leaf * 2
            #expect(!inferred.requiresGradient)
            return inferred
        }
        #expect(throws: TensorError.self) { try inferred.setRequiresGradient(true) }
        let error = try #require(throws: TensorError.self) { try leaf * inferred }
        #expect("\(error)".contains("Inference tensors cannot be saved for backward"))
        #expect(throws: Stop.self) { try withInferenceMode { throw Stop() } }
        #expect(try (leaf * 2).requiresGradient)
    }

    @Test func autocastComputesProductsInBFloat16() throws {
        let a = try Tensor.full([2, 2], value: 1.0 / 3)
        let kernel = try Tensor.full([1, 1, 1, 1], value: 0.5)
        try withAutocast(.bfloat16) {
            #expect(try a.multiplied(by: a).dtype == .bfloat16)
            #expect(try a.linear(a, nil).dtype == .bfloat16)
            #expect(try a.reshaped(1, 1, 2, 2).convolved2D(kernel, nil).dtype == .bfloat16)
            #expect(try (a + a).dtype == .float32)
            let unchanged = try withAutocast(nil) { try a.multiplied(by: a).dtype }
            #expect(unchanged == .bfloat16)
        }
        #expect(try a.multiplied(by: a).dtype == .float32)
    }

    @Test func autocastEndsOnThrowAndNests() throws {
        let a = try Tensor.full([2, 2], value: 1)
        #expect(throws: Stop.self) { try withAutocast(.bfloat16) { throw Stop() } }
        #expect(try a.multiplied(by: a).dtype == .float32)
        try withAutocast(.bfloat16) {
            let inner = try withAutocast(.float16) { try a.multiplied(by: a).dtype }
            #expect(inner == .float16)
            #expect(try a.multiplied(by: a).dtype == .bfloat16, "the outer type comes back")
        }
        #expect(try a.multiplied(by: a).dtype == .float32)
    }

    @Test func autocastKeepsGradientsInTheLeafsType() throws {
        let weight = try leaf()
        let input = try Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
        let loss = try withAutocast(.bfloat16) { try input.multiplied(by: weight).sum() }
        try loss.backward()
        let gradient = try #require(try weight.gradient())
        #expect(gradient.dtype == .float32)
        #expect(try gradient.values() == [4, 4, 6, 6] as [Float])
    }
}
