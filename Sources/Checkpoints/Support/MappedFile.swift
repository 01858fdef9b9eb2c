import Foundation
import Glibc

/// The bytes of a regular file, mapped for reading.
///
/// Sendable without the compiler's check, because of the raw pointer: the pages are mapped
/// `PROT_READ` and nobody gets the pointer to write, all stored properties are constants, and the
/// pages are unmapped only when the last reference has gone, which is after every `bytes` in use
/// through `withExtendedLifetime`. So threads can only read the same constant memory; a page that `releaseMemory` gave
/// back comes from the same file again.
///
/// A file that another process cuts short while it is mapped raises SIGBUS on access, as with any
/// mapping. Replacing it by renaming is safe: the mapping keeps the old contents.
final class MappedFile: @unchecked Sendable {
    private let bytes: UnsafeRawBufferPointer

    /// Number of bytes.
    var count: Int { bytes.count }

    init(path: String) throws(CheckpointError) {
        // Non-blocking, or opening a named pipe would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let code = errno
            throw code == ENOENT || code == ENOTDIR
                ? .notFound(file: path)
                : .unreadable(file: path, reason: String(cString: strerror(code)))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .unreadable(file: path, reason: String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable(file: path, reason: "not a regular file")
        }
        let length = Int(status.st_size)
        guard length > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        let start = mmap(nil, length, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let start, start != MAP_FAILED else {
            throw .unreadable(file: path, reason: String(cString: strerror(errno)))
        }
        bytes = UnsafeRawBufferPointer(start: start, count: length)
    }

    deinit {
        if let start = bytes.baseAddress {
            munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
        }
    }

    /// Lets the system take back the memory of a part of the file; it is read from the disk again when it is used again.
    func releaseMemory(in range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "outside of the file")
        guard let start = bytes.baseAddress, !range.isEmpty else { return }
        let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
        let first = range.lowerBound / pageSize * pageSize
        // Only advice: where the system refuses it, the pages stay.
        madvise(
            UnsafeMutableRawPointer(mutating: start + first), range.upperBound - first,
            MADV_DONTNEED)
    }

    /// The SHA-256 of the whole file as 64 lowercase hexadecimal digits; what has been read leaves the memory again.
    func sha256() -> String {
        var hash = SHA256()
        let length = 64 << 20
        for start in stride(from: 0, to: count, by: length) {
            let part = start..<min(start + length, count)
            withBytes(in: part) { hash.update($0) }
            releaseMemory(in: part)
        }
        return hash.finish()
    }

    /// Lends a part of the file; the pointer is good only inside of `body`.
    func withBytes<R, E: Error>(
        in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        // Checked here in all builds: slicing raw buffers is not checked in release builds.
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "outside of the file")
        defer { withExtendedLifetime(self) {} }
        return try body(UnsafeRawBufferPointer(rebasing: bytes[range]))
    }
}
