import Foundation
import Foundations

/// A file that this process has just made for ffmpeg to write, under a name that was free.
///
/// Nothing that was there before is opened or followed, so a planted link leads nowhere.
struct FreshFile: Sendable {
    private let path: String
    private let device: UInt64
    private let inode: UInt64

    /// Makes an empty file.
    ///
    /// - Returns: `nil` where something has the name.
    init?(path: String) throws(FileWriteError) {
        let file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o666)
        if file < 0, errno == EEXIST { return nil }
        guard file >= 0 else { throw FileWriteError(path, code: errno) }
        var status = stat()
        fstat(file, &status)
        close(file)
        (self.path, device, inode) = (path, UInt64(status.st_dev), UInt64(status.st_ino))
    }

    /// Its size in bytes; `nil` if the name leads nowhere or to another file by now.
    var size: Int? {
        var status = stat()
        guard lstat(path, &status) == 0, UInt64(status.st_dev) == device,
            UInt64(status.st_ino) == inode
        else { return nil }
        return Int(status.st_size)
    }

    /// A number that changes with each change of the file.
    static func changeMark(_ path: String) -> Int? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        #if canImport(Glibc)
        let time = status.st_mtim
        #else
        let time = status.st_mtimespec
        #endif
        return time.tv_sec &* 1_000_000_000 &+ time.tv_nsec &+ Int(status.st_size)
    }

    /// Removes it if nothing is in it.
    func removeIfEmpty() {
        if size == 0 { unlink(path) }
    }
}
