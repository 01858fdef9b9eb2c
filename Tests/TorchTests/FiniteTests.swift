import Testing
import Torch

@Suite struct FiniteTests {
    /// A tensor of more than two stretches in which one number is another; float64 is looked at by LibTorch.
    @Test(arguments: [DType.float32, .bfloat16, .float16, .float64], [0, 16_384, 40_000])
    func findsOneNumberAmongMany(dtype: DType, place: Int) throws {
        func isFinite(with number: Float) throws -> Bool {
            var numbers = [Float](repeating: -1.5, count: 40_001)
            numbers[place] = number
            return try Tensor(numbers, shape: [40_001]).converted(to: dtype).isFinite()
        }
        for number: Float in [0, 65_504, -65_504, 1e-7] { #expect(try isFinite(with: number)) }
        for number in [Float.infinity, -.infinity, .nan] {
            #expect(try !isFinite(with: number))
        }
    }

    @Test func largestNumbersAreFinite() throws {
        let largest = Float.greatestFiniteMagnitude
        #expect(try Tensor([largest, -largest, .leastNonzeroMagnitude], shape: [3]).isFinite())
    }

    /// Only what belongs to the tensor counts, in whatever order it lies.
    @Test func partsOfOthers() throws {
        let numbers: [Float] = [1, 2, .nan, 4, 5, 6]
        let table = try Tensor(numbers, shape: [2, 3])
        #expect(try table.slice(1, 0..<2).isFinite())
        #expect(try !table.slice(1, 1..<3).isFinite())
        #expect(try !table.transposed(0, 1).isFinite())
        #expect(try Tensor.zeros([0, 3]).isFinite())
    }
}
