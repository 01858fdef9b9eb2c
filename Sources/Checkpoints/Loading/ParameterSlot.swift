/// A parameter of a module that waits for its values from a checkpoint.
public struct ParameterSlot: Sendable, Hashable {
    /// The checkpoint key that should hold the values.
    public let key: String
    /// The sizes that the module needs.
    public let shape: [Int]
    /// The property path of the parameter in the module, for messages.
    public let modulePath: String

    /// Describes a parameter under a key that is known.
    public init(key: String, shape: [Int], modulePath: String) {
        self.key = key
        self.shape = shape
        self.modulePath = modulePath
    }

    /// Describes a parameter whose key follows from a map.
    public init(modulePath: String, shape: [Int], keyMap: CheckpointKeyMap) {
        self.init(
            key: keyMap.checkpointKey(for: modulePath), shape: shape, modulePath: modulePath)
    }
}
