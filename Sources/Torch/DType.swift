/// The element type of a tensor.
///
/// Raw values are the numbers of LibTorch's `ScalarType`.
public enum DType: Int32, Sendable, Hashable, CaseIterable {
    /// Unsigned 8-bit integer.
    case uint8 = 0
    /// Signed 8-bit integer.
    case int8 = 1
    /// Signed 16-bit integer.
    case int16 = 2
    /// Signed 32-bit integer.
    case int32 = 3
    /// Signed 64-bit integer.
    case int64 = 4
    /// IEEE half precision.
    case float16 = 5
    /// IEEE single precision.
    case float32 = 6
    /// IEEE double precision.
    case float64 = 7
    /// Truth value, one byte.
    case bool = 11
    /// Brain floating point: the exponent of single precision, 8 bits of significand.
    case bfloat16 = 15

    /// Bytes of one element.
    public var byteCount: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .int16, .float16, .bfloat16: 2
        case .int32, .float32: 4
        case .int64, .float64: 8
        }
    }

    /// Whether the type holds floating-point numbers.
    public var isFloatingPoint: Bool {
        switch self {
        case .float16, .bfloat16, .float32, .float64: true
        case .uint8, .int8, .int16, .int32, .int64, .bool: false
        }
    }
}

/// A Swift number that is stored as a tensor element.
public protocol TensorElement: BitwiseCopyable, Sendable {
    /// The tensor type with the same bytes.
    static var dtype: DType { get }
}

extension UInt8: TensorElement {
    /// ``DType/uint8``.
    public static var dtype: DType { .uint8 }
}

extension Int64: TensorElement {
    /// ``DType/int64``.
    public static var dtype: DType { .int64 }
}

extension Float: TensorElement {
    /// ``DType/float32``.
    public static var dtype: DType { .float32 }
}

extension Double: TensorElement {
    /// ``DType/float64``.
    public static var dtype: DType { .float64 }
}
