/// A parameter of a module that waits for its values from a checkpoint.
public struct ParameterSlot: Sendable, Hashable {
    /// The checkpoint key that should hold the values.
    public let key: String
    /// The sizes that the tensor must have in the checkpoint.
    public let shape: [Int]
    /// The property path of the parameter in the module, for messages.
    public let modulePath: String

    /// Describes a parameter under a key that is known.
    public init(key: String, shape: [Int], modulePath: String) {
        self.key = key
        self.shape = shape
        self.modulePath = modulePath
    }

    /// Describes a parameter of this shape whose key and stored form follow from a map.
    public init(modulePath: String, shape: [Int], keyMap: CheckpointKeyMap) {
        self.init(
            key: keyMap.checkpointKey(for: modulePath),
            shape: keyMap.form(of: modulePath).storedShape(of: shape), modulePath: modulePath)
    }
}
