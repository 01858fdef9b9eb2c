import Glibc

/// A file that comes into being as a whole or not at all.
///
/// Bytes go to a temporary file in the folder of the target, which is renamed over the target by
/// `commit()`. Without that, the temporary file is removed when the object goes.
package final class AtomicFile {
    private let path: String
    private let temporaryPath: String
    private let descriptor: Int32
    private var isCommitted = false

    /// Opens the temporary file.
    ///
    /// - Parameters:
    ///   - path: the target, named in errors.
    ///   - byteCount: how much is going to be written; refused at once where there is no room.
    init(path: String, byteCount: Int) throws(CheckpointError) {
        let folder = Self.folder(of: path)
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            throw .unwritable(file: path, reason: "something else than a file is there")
        }
        try Self.requireSpace(for: byteCount, in: folder, file: path)
        let suffix = String(UInt64.random(in: .min ... .max), radix: 36)
        temporaryPath = folder + ".writing-\(suffix).tmp"
        self.path = path
        descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .writing(path, code: errno) }
    }

    deinit {
        if descriptor >= 0 {
            close(descriptor)
            if !isCommitted { unlink(temporaryPath) }
        }
    }

    /// Writes all of `bytes` after what is there.
    func append(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError) {
        var rest = bytes
        while let start = rest.baseAddress, !rest.isEmpty {
            let count = write(descriptor, start, min(rest.count, 1 << 30))
            guard count >= 0 else {
                if errno == EINTR { continue }
                throw .writing(path, code: errno)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
    }

    /// Brings the bytes to the disk and gives the file its name.
    func commit() throws(CheckpointError) {
        guard fsync(descriptor) == 0 else { throw .writing(path, code: errno) }
        guard rename(temporaryPath, path) == 0 else { throw .writing(path, code: errno) }
        isCommitted = true
        Self.synchronize(folder: Self.folder(of: path))
    }

    /// Brings the names in a folder to the disk.
    ///
    /// A new name is on the disk only when its folder is; some file systems cannot, hence the result does not count.
    static func synchronize(folder: String) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if descriptor >= 0 {
            fsync(descriptor)
            close(descriptor)
        }
    }

    /// Refuses, in the name of `file`, what the folder's disk has no room for.
    package static func requireSpace(
        for byteCount: Int, in folder: String, file: String
    ) throws(CheckpointError) {
        var space = statvfs()
        guard statvfs(folder, &space) == 0 else { throw .writing(file, code: errno) }
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

extension CheckpointError {
    /// The error for a failed system call while `file` was being written.
    static func writing(_ file: String, code: Int32) -> CheckpointError {
        code == ENOSPC || code == EDQUOT
            ? .diskFull(file: file)
            : .unwritable(file: file, reason: String(cString: strerror(code)))
    }
}
