import Torch

extension Module {
    /// Bytes that the weights of this tree take once it is prepared; nothing needs to be loaded.
    public func byteCount(preparedFor preparation: Preparation) -> Int {
        var packed: Set<ObjectIdentifier> = []
        var bytes = 0
        for layer in modules().compactMap({ $0 as? any PreparableLayer }) {
            let each =
                preparation.dtype.byteCount
                + (layer.keepsPlainWeights(beside: preparation) ? DType.float32.byteCount : 0)
            for (_, parameter) in layer.parameters() {
                packed.insert(ObjectIdentifier(parameter))
                bytes += parameter.count * each
            }
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
