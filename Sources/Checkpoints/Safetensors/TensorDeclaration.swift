/// Name, type and shape of a tensor that is going to be written.
public struct TensorDeclaration: Sendable, Hashable {
    /// The checkpoint key.
    public let name: String
    /// The element type.
    public let type: StoredType
    /// Sizes, outermost first; empty for a scalar.
    public let shape: [Int]

    /// Declares a tensor.
    public init(name: String, type: StoredType, shape: [Int]) {
        self.name = name
        self.type = type
        self.shape = shape
    }
}
