/// A value that a pickle describes; containers are numbers of nodes in a ``PickleGraph``.
///
/// Values refer to nodes by number instead of owning them, so that files with cycles or with a million nested lists
/// neither leak nor overflow the stack.
enum PickleValue: Hashable {
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    case string(String)
    /// Bytes, or an integer of more than 64 bits: nothing that a checkpoint needs.
    case opaque
    /// A name to import, which is never imported.
    case global(module: String, name: String)
    case node(Int)
    /// Number of a tensor in ``PickleGraph/tensors``.
    case tensor(Int)
    /// Number of a storage in ``PickleGraph/storages``.
    case storage(Int)
}

/// A container of a pickle.
struct PickleNode {
    enum Kind {
        case list
        case tuple
        /// Keys and values in turn.
        case dictionary
        /// An instance of some class, with the arguments it would have been made of; inert.
        case object
    }

    var kind: Kind
    var items: [PickleValue] = []
}

/// Where numbers of a PyTorch checkpoint lie, as its pickle says; not yet compared with the file.
struct StorageClaim: Hashable {
    /// `FloatStorage` and the like.
    let type: String
    /// Name of the record (zip) or of the block (legacy) with the bytes.
    let key: String
    /// Number of elements.
    let count: Int
    /// First element within the block; 0 except for legacy views.
    let offset: Int
}

/// A tensor as the pickle describes it, not yet compared with the file.
struct TensorClaim: Hashable {
    let storage: Int
    /// In elements, from the start of the storage.
    let offset: Int
    let shape: [Int]
    /// In elements.
    let strides: [Int]
    /// The element type, where the storage has none of its own.
    let type: String?
}

/// What a pickle describes.
struct PickleGraph {
    var root = PickleValue.none
    var nodes: [PickleNode] = []
    var storages: [StorageClaim] = []
    var tensors: [TensorClaim] = []

    /// The items of a node of one kind, or nil for any other value.
    func items(of value: PickleValue, _ kind: PickleNode.Kind) -> [PickleValue]? {
        guard case .node(let index) = value, nodes[index].kind == kind else { return nil }
        return nodes[index].items
    }

    /// Keys and values of a dictionary, or nil for any other value.
    func dictionary(_ value: PickleValue) -> [(key: PickleValue, value: PickleValue)]? {
        guard let items = items(of: value, .dictionary) else { return nil }
        return stride(from: 0, to: items.count - 1, by: 2).map { (items[$0], items[$0 + 1]) }
    }

    /// What a dictionary holds under a name.
    func member(_ name: String, of value: PickleValue) -> PickleValue? {
        dictionary(value)?.last { $0.key == .string(name) }?.value
    }
}

/// Where a pickle breaks the rules, and which.
struct PickleError: Error {
    /// Bytes from the start of the pickle's text.
    let offset: Int
    let reason: String
}
