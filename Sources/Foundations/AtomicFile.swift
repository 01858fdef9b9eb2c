package import Foundation

/// A file that appears as a whole or not at all.
///
/// Bytes go to a temporary file in the folder of the target, which is renamed over the target by ``commit(synchronizes:)``.
/// Without that, the temporary file is removed when the object goes; that of a killed process is removed by the next
/// one that writes to the folder.
package final class AtomicFile {
    private let path: String
    private let temporary: TemporaryItem
    private var isCommitted = false

    /// Where the bytes are until then, for a program that writes them in our place.
    package var temporaryPath: String { temporary.path }

    /// Opens the temporary file.
    ///
    /// - Parameters:
    ///   - path: the target, named in errors.
    ///   - byteCount: the expected size; rejected at once where the disk has no room for it.
    package init(path: String, byteCount: Int = 0) throws(FileWriteError) {
        let folder = Self.folder(of: path)
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            throw .unwritable(file: path, reason: "it exists and is not a regular file")
        }
        try Self.requireSpace(for: byteCount, in: folder, file: path)
        self.path = path
        do throws(FileWriteError) {
            temporary = try TemporaryItem(in: folder, kind: .file)
        } catch {
            throw error.naming(path)
        }
    }

    deinit {
        if !isCommitted { unlink(temporary.path) }
    }

    /// Appends all of `bytes`.
    package func append(_ bytes: UnsafeRawBufferPointer) throws(FileWriteError) {
        var remainder = bytes
        while let start = remainder.baseAddress, !remainder.isEmpty {
            let count = Foundation.write(temporary.descriptor, start, min(remainder.count, 1 << 30))
            guard count >= 0 else {
                if errno == EINTR { continue }
                throw FileWriteError(path, code: errno)
            }
            remainder = UnsafeRawBufferPointer(rebasing: remainder.dropFirst(count))
        }
    }

    /// Gives the file its name, replacing one that is there.
    ///
    /// - Parameter synchronizes: whether the bytes are brought to the disk first, so that they survive a power failure.
    package func commit(synchronizes: Bool = true) throws(FileWriteError) {
        guard !synchronizes || fsync(temporary.descriptor) == 0,
            rename(temporary.path, path) == 0
        else { throw FileWriteError(path, code: errno) }
        isCommitted = true
        if synchronizes { Self.synchronize(folder: Self.folder(of: path)) }
    }

    /// Writes a whole file.
    ///
    /// - Parameter synchronizes: as for ``commit(synchronizes:)``.
    package static func save(
        _ data: Data, to url: URL, synchronizes: Bool = true
    ) throws(FileWriteError) {
        let file = try AtomicFile(
            path: url.path(percentEncoded: false), byteCount: data.count)
        let appended = data.withUnsafeBytes { bytes in
            Result { () throws(FileWriteError) in try file.append(bytes) }
        }
        try appended.get()
        try file.commit(synchronizes: synchronizes)
    }

    /// Brings the names in a folder to the disk.
    ///
    /// A new name is on the disk only when its folder is. Some file systems cannot do that, so failures are ignored.
    package static func synchronize(folder: String) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if descriptor >= 0 {
            fsync(descriptor)
            close(descriptor)
        }
    }

    /// Throws, in the name of `file`, if the disk of a folder has no room for some bytes.
    package static func requireSpace(
        for byteCount: Int, in folder: String, file: String
    ) throws(FileWriteError) {
        var space = statvfs()
        guard statvfs(folder, &space) == 0 else { throw FileWriteError(file, code: errno) }
        // Some network file systems tell nothing and report zero blocks.
        let (free, overflow) = UInt64(space.f_bavail).multipliedReportingOverflow(
            by: UInt64(space.f_frsize))
        guard space.f_blocks == 0 || overflow || UInt64(byteCount) <= free else {
            throw .diskFull(file: file)
        }
    }

    /// The path up to and with its last slash; `./` if there is none.
    private static func folder(of path: String) -> String {
        path.unicodeScalars.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
    }
}
