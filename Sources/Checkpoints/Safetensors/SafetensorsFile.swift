public import Foundation

/// A safetensors file, mapped into memory and checked before anything is used.
///
/// Opening reads the header only; values come from the disk when they are first touched. A file
/// that opens is sound in every respect that the format defines: known types, shapes that agree
/// with their bytes, and tensors that cover the data without overlap and without holes.
///
/// The file may be replaced by renaming while it is open, but must not be cut short or rewritten
/// in place.
///
/// Source: the safetensors format description, section "Format".
public final class SafetensorsFile: TensorArchive {
    /// Where the file is.
    public let url: URL
    /// All tensors by name.
    public let entries: [String: CheckpointEntry]
    /// All names, sorted.
    public let names: [String]
    /// "safetensors".
    public var format: String { "safetensors" }
    /// The notes under `__metadata__`; empty if there are none.
    public let metadata: [String: String]

    private let mapping: MappedFile
    private let dataStart: Int

    /// Maps a file and checks it.
    ///
    /// - Throws: `CheckpointError`, if the file cannot be read or is unsound in any way.
    public init(url: URL) throws(CheckpointError) {
        let path = url.path(percentEncoded: false)
        mapping = try MappedFile(path: path)
        let fileLength = mapping.count
        guard fileLength >= 8 else {
            throw .corrupt(
                file: path, reason: "\(fileLength) bytes are too few for a safetensors file")
        }
        let claimed = mapping.withBytes(in: 0..<8) {
            UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self))
        }
        guard claimed <= SafetensorsHeader.lengthLimit else {
            throw .headerTooLarge(
                file: path, length: claimed, limit: SafetensorsHeader.lengthLimit)
        }
        let headerLength = Int(claimed)
        guard headerLength <= fileLength - 8 else {
            throw .headerPastEnd(file: path, headerLength: headerLength, fileLength: fileLength)
        }
        dataStart = 8 + headerLength
        // A copy, so that what was checked is what is used.
        let text = mapping.withBytes(in: 8..<dataStart) { Array($0) }
        let header = try SafetensorsHeader(
            text: text, dataLength: fileLength - dataStart, file: path)
        self.url = url
        entries = header.entries
        names = header.entries.keys.sorted()
        metadata = header.metadata
    }

    /// Lends the bytes of one tensor: little-endian, row-major, perhaps not aligned.
    ///
    /// - Parameters:
    ///   - name: the checkpoint key.
    ///   - body: uses the bytes; they are gone when it returns.
    /// - Throws: `CheckpointError.noSuchTensor`, and what `body` throws.
    public func withBytes<R>(
        of name: String, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        guard let entry = entries[name] else {
            throw CheckpointError.noSuchTensor(file: path, name: name)
        }
        return try withBytes(of: entry, body)
    }

    /// Lends the bytes of one of this file's entries; throws only what `body` throws.
    ///
    /// - Precondition: `entry` is one of `entries`.
    public func withBytes<R, E: Error>(
        of entry: CheckpointEntry, _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        precondition(entries[entry.name] == entry, "the entry belongs to another file")
        let range = entry.byteRange
        return try mapping.withBytes(
            in: dataStart + range.lowerBound..<dataStart + range.upperBound, body)
    }

    /// Lets the system take back the memory of a tensor's bytes.
    ///
    /// - Throws: `CheckpointError.noSuchTensor`.
    public func releaseMemory(of name: String) throws(CheckpointError) {
        guard let range = entries[name]?.byteRange else {
            throw .noSuchTensor(file: path, name: name)
        }
        mapping.releaseMemory(in: dataStart + range.lowerBound..<dataStart + range.upperBound)
    }

    /// The SHA-256 of the whole file as 64 lowercase hexadecimal digits.
    ///
    /// The file goes through the hash from front to back and takes no memory of its own.
    public func sha256() -> String { mapping.sha256() }

    /// The file's hash alone.
    public func fileHashes() -> [(name: String, hash: String)] {
        [(url.lastPathComponent, sha256())]
    }

    private var path: String { url.path(percentEncoded: false) }
}
