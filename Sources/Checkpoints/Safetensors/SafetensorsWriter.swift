public import Foundation
import Foundations

/// Writes a safetensors file tensor by tensor, all or nothing.
///
/// The tensors are declared first and their bytes follow in the same order, so only one of them
/// has to be in memory. The bytes go to a temporary file beside the target, which takes the
/// target's place in `finish()`: other readers see the old file or the new one, never a part. A
/// writer that is dropped or fails before removes the temporary file.
///
/// The same declarations, metadata and bytes give the same file: tensors stay in the order given,
/// metadata are sorted by key, and the data begin at a multiple of eight bytes.
///
///     let writer = try SafetensorsWriter(url: url, tensors: declarations)
///     for declaration in declarations {
///         try writer.write(bytes(of: declaration), of: declaration.name)
///     }
///     try writer.finish()
public final class SafetensorsWriter {
    /// Where the file is going to be.
    public let url: URL

    private let path: String
    private let tensors: [TensorDeclaration]
    private var written = 0
    private var output: AtomicFile?

    /// Writes the header and reserves nothing else.
    ///
    /// - Parameters:
    ///   - url: the target; its folder has to exist, a file in its place is replaced at the end.
    ///   - tensors: all tensors in the order in which their bytes are going to come.
    ///   - metadata: notes for readers, stored under `__metadata__`.
    /// - Throws: `CheckpointError.unwritable` or `.diskFull`, the latter also if the free space is
    ///   less than the declared bytes.
    public init(
        url: URL, tensors: [TensorDeclaration], metadata: [String: String] = [:]
    ) throws(CheckpointError) {
        self.url = url
        self.tensors = tensors
        path = url.path(percentEncoded: false)
        let (header, dataLength) = try safetensorsHeader(
            of: tensors, metadata: metadata, path: path)
        let output = try AtomicFile(path: path, byteCount: header.count + dataLength)
        try header.lendBytes { (bytes) throws(CheckpointError) in try output.append(bytes) }
        self.output = output
    }

    /// Writes the next declared tensor.
    ///
    /// - Parameters:
    ///   - bytes: all its values, little-endian and row-major.
    ///   - name: its name, which has to be the next one declared.
    /// - Throws: `CheckpointError.unwritable` or `.diskFull`; the temporary file is then gone and
    ///   nothing more can be written.
    public func write(
        _ bytes: UnsafeRawBufferPointer, of name: String
    ) throws(CheckpointError) {
        do throws(CheckpointError) {
            let tensor = try nextTensor(name)
            try append(bytes, of: tensor, after: 0)
            try end(tensor, byteCount: bytes.count)
        } catch {
            output = nil
            throw error
        }
    }

    /// Writes the next declared tensor part by part, so that not even the whole of it has to be in memory.
    ///
    /// - Parameters:
    ///   - name: its name, which has to be the next one declared.
    ///   - body: hands over the values from first to last, in pieces of any size.
    /// - Throws: as `write(_:of:)`, and what `body` throws.
    public func write(
        _ name: String,
        parts body: (_ append: (UnsafeRawBufferPointer) throws(CheckpointError) -> Void) throws ->
            Void
    ) throws {
        do {
            let tensor = try nextTensor(name)
            var byteCount = 0
            try body { (part) throws(CheckpointError) in
                try append(part, of: tensor, after: byteCount)
                byteCount += part.count
            }
            try end(tensor, byteCount: byteCount)
        } catch {
            output = nil
            throw error
        }
    }

    private func nextTensor(_ name: String) throws(CheckpointError) -> TensorDeclaration {
        _ = try openOutput()
        guard written < tensors.count else {
            throw .unwritable(
                file: path, reason: "\(name.quoted) comes after the last declared tensor")
        }
        let tensor = tensors[written]
        guard tensor.name == name else {
            throw .unwritable(
                file: path,
                reason: "\(name.quoted) comes where \(tensor.name.quoted) was declared")
        }
        return tensor
    }

    private func append(
        _ bytes: UnsafeRawBufferPointer, of tensor: TensorDeclaration, after byteCount: Int
    ) throws(CheckpointError) {
        if byteCount + bytes.count > tensor.type.byteCount(of: tensor.shape) ?? 0 {
            try end(tensor, byteCount: byteCount + bytes.count)
        }
        try openOutput().append(bytes)
    }

    /// Counts a tensor as written, if all its bytes have come.
    private func end(_ tensor: TensorDeclaration, byteCount: Int) throws(CheckpointError) {
        let expected = tensor.type.byteCount(of: tensor.shape)
        guard byteCount == expected else {
            throw .unwritable(
                file: path,
                reason: "\(tensor.name.quoted) has \(byteCount) bytes, declared \(expected ?? 0)")
        }
        written += 1
    }

    /// Puts the complete file in its place, safe against a power cut.
    ///
    /// - Throws: `CheckpointError.unwritable` or `.diskFull`; the target is then as it was before.
    public func finish() throws(CheckpointError) {
        let output = try openOutput()
        self.output = nil
        guard written == tensors.count else {
            throw .unwritable(
                file: path, reason: "\(tensors[written].name.quoted) was declared but never came")
        }
        try output.commit()
    }

    /// Writes a whole file from bytes in memory.
    ///
    /// - Throws: `CheckpointError.unwritable` or `.diskFull`; the target is then as it was before.
    public static func write(
        _ tensors: [(name: String, type: StoredType, shape: [Int], bytes: [UInt8])],
        metadata: [String: String] = [:], to url: URL
    ) throws(CheckpointError) {
        let writer = try SafetensorsWriter(
            url: url,
            tensors: tensors.map {
                TensorDeclaration(name: $0.name, type: $0.type, shape: $0.shape)
            },
            metadata: metadata)
        for tensor in tensors {
            try tensor.bytes.lendBytes { (bytes) throws(CheckpointError) in
                try writer.write(bytes, of: tensor.name)
            }
        }
        try writer.finish()
    }

    private func openOutput() throws(CheckpointError) -> AtomicFile {
        guard let output else {
            throw .unwritable(file: path, reason: "the writer has already finished or failed")
        }
        return output
    }
}
