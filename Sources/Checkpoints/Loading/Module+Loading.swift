public import Foundation
public import Torch
public import TorchNN

extension StoredType {
    /// The tensor type with the same bytes.
    public var dtype: DType {
        switch self {
        case .float64: .float64
        case .float32: .float32
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .int64: .int64
        case .int32: .int32
        case .int16: .int16
        case .int8: .int8
        case .uint8: .uint8
        case .bool: .bool
        }
    }

    /// The stored type with the same bytes.
    public init(_ dtype: DType) {
        switch dtype {
        case .float64: self = .float64
        case .float32: self = .float32
        case .float16: self = .float16
        case .bfloat16: self = .bfloat16
        case .int64: self = .int64
        case .int32: self = .int32
        case .int16: self = .int16
        case .int8: self = .int8
        case .uint8: self = .uint8
        case .bool: self = .bool
        }
    }
}

extension TensorArchive {
    /// One tensor, copied out of the file.
    ///
    /// - Throws: `CheckpointError.noSuchTensor`, `TensorError`.
    public func tensor(_ name: String) throws -> Tensor {
        guard let entry = entries[name] else {
            throw CheckpointError.noSuchTensor(file: url.path(percentEncoded: false), name: name)
        }
        return try withBytes(of: name) { (bytes: UnsafeRawBufferPointer) throws in
            try Tensor(copying: bytes, shape: entry.shape, dtype: entry.type.dtype)
        }
    }
}

extension Module {
    /// Fills all parameters, or those that `includes` names, from an archive, as float32.
    ///
    /// Nothing is loaded unless everything fits: each parameter has its tensor in its shape, and no tensor remains that
    /// the map does not ignore. A value that is not finite is found while its tensor is loaded; then none of the
    /// module's parameters is filled.
    ///
    /// The memory of the file's pages goes back to the system tensor by tensor. With `preparation`, each layer is packed
    /// as soon as its weights are there, so that a network never lies in memory twice; call ``prepare(for:)`` at the
    /// end.
    ///
    /// - Parameters:
    ///   - archive: the file or files.
    ///   - keyMap: names of the parameters in this layout.
    ///   - isPartial: whether the archive may hold tensors of other modules under the same prefix.
    ///   - preparation: what layers whose weights are all loaded here are packed for.
    ///   - onlyChecks: whether names and shapes are compared and nothing is loaded.
    ///   - includes: whether the parameter with this module path is to be loaded.
    public func load(
        from archive: some TensorArchive, keyMap: CheckpointKeyMap, isPartial: Bool = false,
        packedFor preparation: Preparation? = nil, onlyChecks: Bool = false,
        where includes: (String) -> Bool = { _ in true }
    ) throws {
        let file = archive.url.path(percentEncoded: false)
        let wanted = parameters().filter { includes($0.path) }
        let slots = wanted.map {
            ParameterSlot(modulePath: $0.path, shape: $0.parameter.shape, keyMap: keyMap)
        }
        let keys = Set(slots.map(\.key))
        let available =
            isPartial ? archive.entries.filter { keys.contains($0.key) } : archive.entries
        try LoadReport(expected: slots, available: available, keyMap: keyMap)
            .throwIfNotClean(file: file)
        if onlyChecks { return }
        var pending: [ObjectIdentifier: (key: String, form: StoredForm)] = [:]
        for (entry, slot) in zip(wanted, slots) {
            pending[ObjectIdentifier(entry.parameter)] = (slot.key, keyMap.form(of: entry.path))
        }
        func fill(_ parameter: Parameter) throws {
            guard let (key, form) = pending.removeValue(forKey: ObjectIdentifier(parameter))
            else { return }
            let values = try archive.tensor(key).converted(to: .float32)
            if try !values.isFinite() {  // quick; the scan that names the element is slow
                try archive.requireFinite(key)
            }
            try parameter.load(form.parameter(of: parameter.shape, from: values))
            try archive.releaseMemory(of: key)
        }
        do {
            if let preparation {
                for layer in modules().compactMap({ $0 as? any PreparableLayer }) {
                    let own = layer.parameters().map(\.parameter)
                    guard own.allSatisfy({ pending[ObjectIdentifier($0)] != nil }) else { continue }
                    for parameter in own { try fill(parameter) }
                    try layer.prepareLayer(for: preparation)
                }
            }
            for entry in wanted { try fill(entry.parameter) }
        } catch {
            release()
            throw error
        }
    }
}

/// Writes tensors to a safetensors file, all or nothing.
///
/// - Parameter dtype: the type that floating-point tensors are stored in; `nil` keeps each one's own.
public func saveTensors(
    _ tensors: [(name: String, tensor: Tensor)], to url: URL, dtype: DType? = nil,
    metadata: [String: String] = [:]
) throws {
    let typed = tensors.map { entry in
        (
            entry.name, entry.tensor,
            entry.tensor.dtype.isFloatingPoint ? dtype ?? entry.tensor.dtype : entry.tensor.dtype
        )
    }
    let writer = try SafetensorsWriter(
        url: url,
        tensors: typed.map { TensorDeclaration(name: $0, type: StoredType($2), shape: $1.shape) },
        metadata: metadata)
    for (name, tensor, type) in typed {
        let bytes = try tensor.converted(to: type).bytes()
        try bytes.withUnsafeBytes { try writer.write($0, of: name) }
    }
    try writer.finish()
}

extension Module {
    /// The parameters under their names in a layout, in the form that it stores them in.
    ///
    /// - Precondition: `includes` leaves out all or none of the parameters that are stored as one tensor.
    public func namedTensors(
        _ keyMap: CheckpointKeyMap, where includes: (String) -> Bool = { _ in true }
    ) throws -> [(name: String, tensor: Tensor)] {
        var named: [(String, Tensor)] = []
        var stacks: [String: [Int: Tensor]] = [:]
        for (path, parameter) in parameters() where includes(path) {
            let key = keyMap.checkpointKey(for: path)
            let form = keyMap.form(of: path)
            guard case .rows(let index, let count) = form else {
                let value = try parameter.value
                let shape = form.storedShape(of: value.shape)
                named.append((key, shape == value.shape ? value : try value.reshaped(shape)))
                continue
            }
            stacks[key, default: [:]][index] = try parameter.value
            guard let parts = stacks[key], parts.count == count else { continue }
            let ordered = parts.sorted { $0.key < $1.key }.map(\.value)
            named.append((key, try Tensor.concatenated(ordered, axis: 0)))
            stacks[key] = nil
        }
        precondition(stacks.isEmpty, "parts of \(stacks.keys.sorted()) are left out")
        return named
    }
}
