/// The element type of a tensor as a checkpoint stores it.
///
/// The raw values are the words of the safetensors format.
public enum StoredType: String, Sendable, Hashable, Codable, CaseIterable {
    /// IEEE 754, 64 bits.
    case float64 = "F64"
    /// IEEE 754, 32 bits.
    case float32 = "F32"
    /// IEEE 754, 16 bits.
    case float16 = "F16"
    /// The upper 16 bits of a 32-bit float.
    case bfloat16 = "BF16"
    /// Signed, 64 bits.
    case int64 = "I64"
    /// Signed, 32 bits.
    case int32 = "I32"
    /// Signed, 16 bits.
    case int16 = "I16"
    /// Signed, 8 bits.
    case int8 = "I8"
    /// Unsigned, 8 bits.
    case uint8 = "U8"
    /// One byte per element, 0 or 1.
    case bool = "BOOL"

    /// Bytes per element.
    public var byteCount: Int {
        switch self {
        case .float64, .int64: 8
        case .float32, .int32: 4
        case .float16, .bfloat16, .int16: 2
        case .int8, .uint8, .bool: 1
        }
    }

    /// Bytes of a tensor of this type, or nil if a size is negative or the count overflows.
    ///
    /// Sizes of zero are taken as one while looking for overflow, so that strides computed from an
    /// accepted shape cannot overflow either.
    func byteCount(of shape: [Int]) -> Int? {
        var bytes = byteCount
        for size in shape {
            guard size >= 0 else { return nil }
            let (product, overflow) = bytes.multipliedReportingOverflow(by: max(size, 1))
            guard !overflow else { return nil }
            bytes = product
        }
        return shape.contains(0) ? 0 : bytes
    }
}
