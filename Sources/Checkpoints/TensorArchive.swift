public import Foundation

/// A file, or several, with named tensors.
public protocol TensorArchive: Sendable {
    /// The file, or the index if there are several files.
    var url: URL { get }
    /// All tensors by name; their byte ranges count from their own file.
    var entries: [String: CheckpointEntry] { get }
    /// All names, sorted.
    var names: [String] { get }
    /// The name of the file format, for people.
    var format: String { get }

    /// The SHA-256 of each of its files, as 64 lowercase hexadecimal digits, with the file's name.
    func fileHashes() -> [(name: String, hash: String)]

    /// Lends the bytes of one tensor: little-endian, row-major, perhaps not aligned.
    ///
    /// - Throws: `CheckpointError.noSuchTensor`, and what `body` throws.
    func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R

    /// Lets the system take back the memory of a tensor's bytes, which come from the disk again when they are used again.
    ///
    /// - Throws: `CheckpointError.noSuchTensor`.
    func releaseMemory(of name: String) throws(CheckpointError)
}

extension TensorArchive {
    /// Checks that a tensor of floating-point numbers has neither NaN nor infinity.
    ///
    /// - Throws: `CheckpointError.nonFinite` or `CheckpointError.noSuchTensor`.
    public func requireFinite(_ name: String) throws {
        let file = url.path(percentEncoded: false)
        guard let entry = entries[name] else {
            throw CheckpointError.noSuchTensor(file: file, name: name)
        }
        if let index = try withBytes(of: name, { firstNonFinite(entry.type, $0) }) {
            throw CheckpointError.nonFinite(file: file, name: name, index: index)
        }
    }
}

/// Opens a checkpoint, whatever its format: safetensors (file, index or folder), or what `torch.save` wrote.
///
/// What the first bytes say counts, not the name.
///
/// - Throws: `CheckpointError`.
public func openCheckpoint(_ url: URL) throws(CheckpointError) -> any TensorArchive {
    let path = url.path(percentEncoded: false)
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    guard exists, !isFolder.boolValue, !path.hasSuffix(".json") else {
        return try SafetensorsArchive(url: url)
    }
    let mapping = try MappedFile(path: path)
    let start = mapping.withBytes(in: 0..<min(2, mapping.count)) { Array($0) }
    // A zip archive, or a pickle of protocol 2 to 5; a safetensors header of such a length would be followed by six
    // bytes of its length and a brace, which no pickle has there.
    let isPickle = start.first == 0x80 && (start.last ?? 0) <= 5 && !mapping.beginsLikeSafetensors
    return start == [0x50, 0x4B] || isPickle
        ? try PyTorchFile(url: url) : try SafetensorsArchive(url: url)
}

extension MappedFile {
    /// Whether a brace stands where a safetensors header begins.
    fileprivate var beginsLikeSafetensors: Bool {
        count > 8 && withBytes(in: 8..<9) { $0.first } == UInt8(ascii: "{")
    }
}
