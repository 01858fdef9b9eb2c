/// What a checkpoint says about one of its tensors.
public struct CheckpointEntry: Sendable, Hashable {
    /// The checkpoint key, for example `down_blocks.0.resnets.0.conv1.weight`.
    public let name: String
    /// The element type.
    public let type: StoredType
    /// Sizes, outermost first; empty for a scalar.
    public let shape: [Int]
    /// Where the values lie, in bytes from the start of the file's data section.
    ///
    /// Little-endian, row-major and without padding. The start need not be a multiple of the
    /// element size.
    public let byteRange: Range<Int>

    /// Numbers in the tensor.
    ///
    /// A size of zero is looked at first: the sizes besides it may be of any amount.
    public var elementCount: Int { shape.contains(0) ? 0 : shape.reduce(1, *) }

    /// Describes one tensor.
    public init(name: String, type: StoredType, shape: [Int], byteRange: Range<Int>) {
        self.name = name
        self.type = type
        self.shape = shape
        self.byteRange = byteRange
    }
}
