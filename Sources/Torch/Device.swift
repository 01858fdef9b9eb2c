/// Where a tensor lives and is computed.
public enum Device: Sendable, Hashable, CustomStringConvertible {
    /// The processor and its memory.
    case cpu
    /// The NVIDIA GPU with this number, counted from 0.
    case cuda(Int)

    /// `cpu`, or `cuda:0` and so on.
    public var description: String {
        switch self {
        case .cpu: "cpu"
        case .cuda(let index): "cuda:\(index)"
        }
    }

    var code: (type: Int32, index: Int32) {
        switch self {
        case .cpu: (0, 0)
        case .cuda(let index): (1, Int32(index))
        }
    }
}
