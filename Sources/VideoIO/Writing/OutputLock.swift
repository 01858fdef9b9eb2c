import Foundation
import Synchronization

/// An advisory lock beside an output, so that two runs never write one video.
///
/// The system drops the lock with the process, so a file left by a crash blocks nobody.
final class OutputLock: Sendable {
    private let lockPath: String
    private let descriptor: Mutex<Int32?>

    /// Takes the lock of `path`, which must have no links left in it.
    ///
    /// - Parameter name: the output as the user named it, for messages.
    init(path: String, name: String) throws(VideoIOError) {
        lockPath = path + ".lock"
        let folder = String(path[..<(path.unicodeScalars.lastIndex(of: "/") ?? path.startIndex)])
        while true {
            let file = open(lockPath, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard file >= 0 else {
                let code = errno
                if code == ENOSPC || code == EDQUOT { throw .noSpace(folder: folder) }
                throw .folderNotWritable(folder: folder, reason: String(cString: strerror(code)))
            }
            if flock(file, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
                close(file)
                throw .outputBusy(path: name)
            }  // any other failure: this file system has no locks, and the lock is advisory
            // The holder before us may have removed the name between our open and our lock.
            var held = stat()
            var named = stat()
            if fstat(file, &held) == 0, stat(lockPath, &named) == 0,
                held.st_ino == named.st_ino, held.st_dev == named.st_dev
            {
                descriptor = Mutex(file)
                return
            }
            close(file)
        }
    }

    /// Gives the output free; later calls do nothing.
    func release() {
        descriptor.withLock { file in
            guard let held = file else { return }
            unlink(lockPath)  // before the close, while nobody else can hold it
            close(held)
            file = nil
        }
    }

    deinit { release() }
}
