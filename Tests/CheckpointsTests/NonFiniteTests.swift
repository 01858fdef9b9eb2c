import Checkpoints
import Testing

@Suite struct NonFiniteTests {
    /// Little-endian bytes of finite values with `bits` at `index`, after one odd byte.
    private func find<Bits: FixedWidthInteger>(
        _ type: StoredType, _ bits: Bits, at index: Int, of count: Int, fill: Bits
    ) -> Int? {
        var bytes: [UInt8] = [0xFF]
        for element in 0..<count {
            let value = element == index ? bits : fill
            bytes += withUnsafeBytes(of: value.littleEndian) { Array($0) }
        }
        return bytes.withUnsafeBytes {
            firstNonFinite(type, UnsafeRawBufferPointer(rebasing: $0.dropFirst()))
        }
    }

    @Test(arguments: [0, 1, 1023, 1024, 2999]) func findsTheFirst(index: Int) {
        let count = 3000
        for value in [Float.nan, .infinity, -.infinity, .signalingNaN] {
            let found = find(
                .float32, value.bitPattern, at: index, of: count,
                fill: Float.greatestFiniteMagnitude.bitPattern)
            #expect(found == index)
        }
        let fill = (-Double.greatestFiniteMagnitude).bitPattern
        #expect(
            find(.float64, Double.infinity.bitPattern, at: index, of: count, fill: fill) == index)
        #expect(find(.float16, 0xFC00 as UInt16, at: index, of: count, fill: 0x7BFF) == index)
        #expect(find(.float16, 0x7C01 as UInt16, at: index, of: count, fill: 0xFBFF) == index)
        #expect(find(.bfloat16, 0x7F80 as UInt16, at: index, of: count, fill: 0x7F7F) == index)
        #expect(find(.bfloat16, 0xFFC0 as UInt16, at: index, of: count, fill: 0xFF7F) == index)
    }

    @Test func takesFiniteValuesAndIntegers() {
        let largest = Float.greatestFiniteMagnitude.bitPattern
        #expect(find(.float32, largest, at: 0, of: 2000, fill: 1) == nil)
        #expect(find(.int32, UInt32.max, at: 0, of: 10, fill: .max) == nil)
        #expect(find(.float32, largest, at: 0, of: 0, fill: 0) == nil)
        // The same bits are infinite as F16 and finite as BF16.
        #expect(find(.bfloat16, 0x7C00 as UInt16, at: 0, of: 10, fill: 0) == nil)
    }
}
