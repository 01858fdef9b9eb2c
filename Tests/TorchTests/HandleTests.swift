import Testing
import Torch

// The count of live handles belongs to the process, so these run in a process of their own.
@Suite struct HandleTests {
    @Test func handlesReturnToTheirNumberAfterAScope() async {
        await #expect(processExitsWith: .success) {
            let kept = try Tensor([1.0, 2.0, 3.0, 4.0], shape: [2, 2])
            let start = Runtime.liveTensors
            #expect(start == 1)
            do {
                let parts = try kept.split(into: 2, axis: 0)
                let joined = try Tensor.concatenated(parts, axis: 1)
                #expect(Runtime.liveTensors == start + 3)
                #expect(try joined.values() == [1.0, 2.0, 3.0, 4.0])
            }
            #expect(Runtime.liveTensors == start)
        }
    }

    @Test func failedOperationsLeaveNoHandles() async {
        await #expect(processExitsWith: .success) {
            let left = try Tensor.zeros([2, 3])
            let right = try Tensor.zeros([4, 5])
            let start = Runtime.liveTensors
            for _ in 0..<10 {
                #expect(throws: TensorError.self) { try left.multiplied(by: right) }
                #expect(throws: TensorError.self) { try Tensor.zeros([1 << 50]) }
                #expect(throws: TensorError.self) { try left.backward() }
            }
            #expect(Runtime.liveTensors == start)
            // The arguments of a failed call must not reach the next one.
            #expect(try (left + 1).sum().item() == 6)
        }
    }

    @Test func gradientsAreReleased() async {
        await #expect(processExitsWith: .success) {
            let leaf = try Tensor([1.0, 2.0], shape: [2])
            try leaf.setRequiresGradient(true)
            let start = Runtime.liveTensors
            for _ in 0..<10 {
                try leaf.squared().sum().backward()
                let gradient = try leaf.gradient()
                #expect(Runtime.liveTensors == start + (gradient == nil ? 0 : 1))
                try leaf.setGradient(nil)
            }
            #expect(Runtime.liveTensors == start)
            #expect(try leaf.gradient() == nil)
        }
    }

    @Test func copiedMemoryIsIndependentAndViewsAreNot() throws {
        let tensor = try Tensor([1.0, 2.0, 3.0, 4.0], shape: [2, 2])
        #expect(try tensor.reshaped(4).sharesMemory(with: tensor))
        #expect(try !tensor.copied().sharesMemory(with: tensor))
        #expect(try tensor.transposed(0, 1).values() == [1.0, 3.0, 2.0, 4.0])
        #expect(try !tensor.transposed(0, 1).isContiguous)
    }
}
