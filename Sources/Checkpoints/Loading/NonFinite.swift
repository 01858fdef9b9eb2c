/// Finds the first NaN or infinity among stored numbers.
///
/// - Parameters:
///   - type: how `bytes` are to be read; integers are always finite.
///   - bytes: little-endian values, perhaps not aligned.
/// - Returns: the index of the element, or nil if all are finite.
/// - Precondition: `bytes` holds whole elements.
public func firstNonFinite(_ type: StoredType, _ bytes: UnsafeRawBufferPointer) -> Int? {
    precondition(bytes.count.isMultiple(of: type.byteCount), "bytes end inside of an element")
    // A number is NaN or infinite when all bits of its exponent are set.
    return switch type {
    case .float64: firstElement(of: bytes, withAllBitsOf: 0x7FF0_0000_0000_0000 as UInt64)
    case .float32: firstElement(of: bytes, withAllBitsOf: 0x7F80_0000 as UInt32)
    case .float16: firstElement(of: bytes, withAllBitsOf: 0x7C00 as UInt16)
    case .bfloat16: firstElement(of: bytes, withAllBitsOf: 0x7F80 as UInt16)
    case .int64, .int32, .int16, .int8, .uint8, .bool: nil
    }
}

/// Goes block by block without leaving early inside of one, so that the loop is vectorised.
@inline(__always)
private func firstElement<Bits: FixedWidthInteger & UnsignedInteger>(
    of bytes: UnsafeRawBufferPointer, withAllBitsOf mask: Bits
) -> Int? {
    guard let start = bytes.baseAddress else { return nil }
    let size = MemoryLayout<Bits>.size
    let count = bytes.count / size
    let blockLength = 1024
    var begin = 0
    while begin < count {
        let end = min(begin + blockLength, count)
        var found: Bits = 0
        for index in begin..<end {
            let bits = Bits(
                littleEndian: start.loadUnaligned(fromByteOffset: index &* size, as: Bits.self))
            found |= bits & mask == mask ? 1 : 0
        }
        if found != 0 {
            return (begin..<end).first { index in
                let bits = Bits(
                    littleEndian: start.loadUnaligned(fromByteOffset: index &* size, as: Bits.self))
                return bits & mask == mask
            }
        }
        begin = end
    }
    return nil
}
