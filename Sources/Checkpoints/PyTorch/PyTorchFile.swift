public import Foundation
import Foundations

/// A file that `torch.save` wrote (`.pt`, `.pth`, `.ckpt`, `.bin`), mapped into memory; nothing in it is executed.
///
/// The tensors are those of its dictionary; of a training checkpoint those under `state_dict`, so that a Lightning
/// checkpoint offers its weights and not its optimizer. Dictionaries and lists inside give names joined by points.
/// Values come from the disk when they are first touched.
///
/// Source: PyTorch's `torch/serialization.py`, formats since 1.6 (zip) and before (legacy).
public final class PyTorchFile: TensorArchive {
    /// Where the file is.
    public let url: URL
    /// All tensors by name; byte ranges count from the start of the file and cover all that a tensor uses.
    public let entries: [String: CheckpointEntry]
    /// All names, sorted.
    public let names: [String]
    /// "PyTorch (zip)" or "PyTorch (legacy)".
    public let format: String

    private let mapping: MappedFile
    /// Strides in elements of the tensors that are not stored row by row.
    private let strides: [String: [Int]]

    /// The most containers within each other that are looked through for tensors.
    private static let depthLimit = 16

    /// Maps a file and checks it.
    ///
    /// - Throws: `CheckpointError`, if the file cannot be read, is unsound in any way, or holds no tensor.
    public init(url: URL) throws(CheckpointError) {
        let path = url.path(percentEncoded: false)
        let mapping = try MappedFile(path: path)
        let layout = try mapping.withBytes(in: 0..<mapping.count) { bytes throws(CheckpointError) in
            try PyTorchLayout(bytes, file: path)
        }
        var entries: [String: CheckpointEntry] = [:]
        var strides: [String: [Int]] = [:]
        for (name, number) in try Self.tensors(of: layout.graph, file: path) {
            let claim = layout.graph.tensors[number]
            let entry = try Self.checked(claim, name: name, layout: layout, file: path)
            guard entries.updateValue(entry, forKey: name) == nil else {
                throw .corrupt(file: path, reason: "the name \(name.quoted) occurs twice")
            }
            if !Self.isRowMajor(claim) { strides[name] = claim.strides }
        }
        guard !entries.isEmpty else {
            throw .corrupt(
                file: path,
                reason: "there is no tensor in it; a model that was pickled as a whole has to be "
                    + "saved as its state_dict()")
        }
        (self.url, self.mapping, self.entries, self.strides) = (url, mapping, entries, strides)
        names = entries.keys.sorted()
        format = layout.format
    }

    /// Lends the bytes of one tensor, in row-major order even where the file has them in another.
    ///
    /// - Throws: `CheckpointError.noSuchTensor`, and what `body` throws.
    public func withBytes<R>(
        of name: String, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        guard let entry = entries[name] else {
            throw CheckpointError.noSuchTensor(
                file: url.path(percentEncoded: false), name: name)
        }
        return try mapping.withBytes(in: entry.byteRange) { bytes throws in
            guard let strides = strides[name] else { return try body(bytes) }
            return try Self.rowMajor(bytes, entry, strides).withUnsafeBytes(body)
        }
    }

    /// Lets the system take back the memory of a tensor's bytes.
    ///
    /// - Throws: `CheckpointError.noSuchTensor`.
    public func releaseMemory(of name: String) throws(CheckpointError) {
        guard let entry = entries[name] else {
            throw .noSuchTensor(file: url.path(percentEncoded: false), name: name)
        }
        mapping.releaseMemory(in: entry.byteRange)
    }

    /// The file's hash alone.
    public func fileHashes() -> [(name: String, hash: String)] {
        [(url.lastPathComponent, mapping.sha256())]
    }

    // MARK: Names

    /// Names and numbers of the tensors that the file offers.
    private static func tensors(
        of graph: PickleGraph, file: String
    ) throws(CheckpointError) -> [(name: String, number: Int)] {
        var root = graph.root
        if let weights = graph.member("state_dict", of: root), graph.dictionary(weights) != nil {
            root = weights
        }
        var found: [(String, Int)] = []
        // Each container once, whatever refers to it: files may be wound into themselves.
        var seen: Set<Int> = []
        var pending: [(path: String, value: PickleValue, depth: Int)] = [("", root, 0)]
        while let (path, value, depth) = pending.popLast() {
            if case .tensor(let number) = value {
                found.append((path, number))
                continue
            }
            guard case .node(let node) = value, seen.insert(node).inserted else { continue }
            var members: [(String, PickleValue)] = []
            if let dictionary = graph.dictionary(value) {
                for (key, value) in dictionary {
                    switch key {
                    case .string(let name): members.append((name, value))
                    case .int(let number): members.append((String(number), value))
                    default: continue
                    }
                }
            } else if let items = graph.items(of: value, .list) ?? graph.items(of: value, .tuple) {
                members = items.enumerated().map { (String($0.offset), $0.element) }
            }
            guard depth < depthLimit || members.isEmpty else {
                throw .corrupt(
                    file: file, reason: "its containers are nested deeper than \(depthLimit)")
            }
            for (name, value) in members {
                pending.append((path.isEmpty ? name : "\(path).\(name)", value, depth + 1))
            }
        }
        return found
    }

    // MARK: Places

    private static func checked(
        _ claim: TensorClaim, name: String, layout: PyTorchLayout, file: String
    ) throws(CheckpointError) -> CheckpointEntry {
        let storage = layout.graph.storages[claim.storage]
        guard let element = StorageElement(storage.type) else {
            throw .unknownType(file: file, name: name, type: storage.type)
        }
        let type: StoredType
        switch (element, claim.type.map { ($0, StorageElement($0)) }) {
        case (.known(let known), nil): type = known
        case (_, (_, .known(let known)?)?): type = known
        case (_, (let claimed, _)?): throw .unknownType(file: file, name: name, type: claimed)
        case (.untyped, nil): throw .unknownType(file: file, name: name, type: storage.type)
        }
        guard let block = layout.blocks[storage.key] else {
            throw .corrupt(
                file: file,
                reason: "the numbers of \(name.quoted) (record \(storage.key.quoted)) are missing")
        }
        guard let byteCount = type.byteCount(of: claim.shape), let span = span(of: claim) else {
            throw .corrupt(
                file: file,
                reason: "the byte count of \(name.quoted) \(claim.shape) exceeds 63 bits")
        }
        // All in elements of the tensor; a legacy view begins inside of its block.
        let size = type.byteCount
        let first = storage.offset.multipliedReportingOverflow(by: element.byteCount)
        let begin = claim.offset.multipliedReportingOverflow(by: size)
        let length = span.multipliedReportingOverflow(by: size)
        let start = first.partialValue.addingReportingOverflow(begin.partialValue)
        let end = start.partialValue.addingReportingOverflow(length.partialValue)
        guard claim.offset >= 0,
            !(first.overflow || begin.overflow || length.overflow || start.overflow
                || end.overflow),
            end.partialValue <= block.count
        else {
            throw .corrupt(
                file: file,
                reason: "\(name.quoted) \(claim.shape) needs more than the \(block.count) bytes "
                    + "of its storage")
        }
        guard byteCount <= length.partialValue else {
            throw .corrupt(
                file: file,
                reason: "\(name.quoted) \(claim.shape) is a view that repeats its numbers. Save a "
                    + "contiguous copy of it")
        }
        let lower = block.lowerBound + start.partialValue
        return CheckpointEntry(
            name: name, type: type, shape: claim.shape,
            byteRange: lower..<lower + length.partialValue)
    }

    /// Elements from the first to behind the last that a tensor uses, or nil if that overflows.
    private static func span(of claim: TensorClaim) -> Int? {
        guard !claim.shape.contains(0) else { return 0 }
        var last = 0
        for (size, stride) in zip(claim.shape, claim.strides) {
            let step = (size - 1).multipliedReportingOverflow(by: stride)
            let sum = last.addingReportingOverflow(step.partialValue)
            guard !step.overflow, !sum.overflow else { return nil }
            last = sum.partialValue
        }
        return last == Int.max ? nil : last + 1
    }

    private static func isRowMajor(_ claim: TensorClaim) -> Bool {
        var step = 1
        for (size, stride) in zip(claim.shape, claim.strides).reversed() where size != 1 {
            if stride != step { return claim.shape.contains(0) }
            step *= size
        }
        return true
    }

    /// The elements in row-major order.
    private static func rowMajor(
        _ bytes: UnsafeRawBufferPointer, _ entry: CheckpointEntry, _ strides: [Int]
    ) -> [UInt8] {
        let size = entry.type.byteCount
        let count = entry.shape.reduce(1, *)
        return [UInt8](unsafeUninitializedCapacity: count * size) { result, filled in
            var index = [Int](repeating: 0, count: strides.count)
            var source = 0
            for element in 0..<count {
                for byte in 0..<size { result[element * size + byte] = bytes[source * size + byte] }
                for axis in strides.indices.reversed() {
                    index[axis] += 1
                    source += strides[axis]
                    if index[axis] < entry.shape[axis] { break }
                    source -= strides[axis] * entry.shape[axis]
                    index[axis] = 0
                }
            }
            filled = count * size
        }
    }
}
