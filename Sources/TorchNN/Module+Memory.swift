import Torch

extension Module {
    /// Bytes that the weights of this tree take once it is prepared; nothing needs to be loaded.
    public func byteCount(preparedFor preparation: Preparation) -> Int {
        var packed: Set<ObjectIdentifier> = []
        var bytes = 0
        for layer in modules().compactMap({ $0 as? any PreparableLayer }) {
            bytes += layer.packedByteCount(for: preparation)
            packed.formUnion(layer.parameters().map { ObjectIdentifier($0.parameter) })
        }
        for (_, parameter) in parameters() where !packed.contains(ObjectIdentifier(parameter)) {
            bytes += parameter.count * DType.float32.byteCount
        }
        return bytes
    }
}

extension Parameter {
    /// How many numbers it has.
    public var count: Int { shape.reduce(1, *) }
}
