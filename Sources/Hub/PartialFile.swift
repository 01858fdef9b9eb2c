import Checkpoints
import Foundation

/// A file of the cache that has not arrived as a whole: `blobs/<name>.incomplete`, locked by who adds to it.
///
/// `@unchecked Sendable`: one download owns it, and its transfers follow one another.
final class PartialFile: @unchecked Sendable {
    private let path: String
    private let descriptor: Int32
    /// Bytes that are there.
    private(set) var length: Int
    /// The most bytes that were there at any time: what counts as getting further after beginning anew.
    private(set) var furthest: Int

    /// Opens or makes the file.
    ///
    /// - Throws: `HubError.busy` if another process has it, `HubError.cache`.
    init(_ path: String) throws(HubError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { throw .system(path) }
        self.path = path
        (length, furthest) = (0, 0)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw errno == EWOULDBLOCK ? .busy(path: path) : .system(path)
        }
        let end = lseek(descriptor, 0, SEEK_END)
        guard end >= 0 else { throw .system(path) }
        (length, furthest) = (Int(end), Int(end))
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Throws away what is there.
    func clear() throws(HubError) {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw .system(path)
        }
        length = 0
    }

    /// Writes all of `data` after what is there.
    func append(_ data: Data) throws(HubError) {
        var written = 0
        while written < data.count {
            let count = data.withUnsafeBytes { bytes in
                write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            }
            guard count >= 0 else {
                if errno == EINTR { continue }
                throw .system(path)
            }
            written += count
            length += count
            furthest = max(furthest, length)
        }
    }

    /// The hash that a blob's name is: SHA-256 of 64 digits, git's of 40; `nil` for a name of another kind.
    func hash(as name: String) throws -> String? {
        var large = name.isHexadecimal(digits: 64) ? SHA256() : nil
        var small = name.isHexadecimal(digits: 40) ? GitBlobHash(byteCount: length) : nil
        guard large != nil || small != nil else { return nil }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        var offset = 0
        while offset < length {
            try Task.checkCancellation()
            let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw HubError.system(path) }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            large?.update(bytes)
            small?.update(bytes)
            offset += count
        }
        return large?.finish() ?? small?.finish()
    }

    /// Brings the bytes to the disk and gives the file its name.
    func commit(as name: String) throws(HubError) {
        guard fsync(descriptor) == 0, rename(path, name) == 0 else { throw .system(name) }
    }

    /// Deletes the file.
    func remove() { unlink(path) }
}

extension HubError {
    /// The error for a system call that has just failed.
    static func system(_ path: String) -> HubError {
        let code = errno
        return code == ENOSPC || code == EDQUOT
            ? .diskFull(path: path)
            : .cache(path: path, reason: String(cString: strerror(code)))
    }
}
