package import Foundation
import Synchronization

/// An advisory lock of a path, so that two processes never write one output.
///
/// It is a hidden file next to the path, `.car.mp4.st2v-lock` for `car.mp4`, that its holder has
/// locked. The system drops the lock with the process, so the file of a dead process blocks
/// nothing; the next lock in the same folder removes it. A file that this program did not make is
/// never changed or deleted.
package final class FileLock: Sendable {
    /// Why a path cannot be locked.
    package enum Failure: Error, Hashable {
        /// Another process holds the lock.
        case held(lock: String)
        /// The name of the lock is taken by something that this program did not make.
        case foreign(lock: String)
        /// The system refused to make or read the lock; the number is its `errno`.
        case refused(lock: String, code: Int32)

        /// What went wrong, as a clause.
        package var reason: String {
            switch self {
            case .held: "another process is at work here"
            case .foreign(let lock): "\(lock) is not a lock of this program; move it away"
            case .refused(let lock, let code): "\(lock): \(String(cString: strerror(code)))"
            }
        }
    }

    private static let suffix = ".st2v-lock"
    private static let marker = "streamingt2v lock"

    private let name: String
    private let descriptor: Mutex<Int32?>

    /// Takes the lock of a path.
    ///
    /// - Parameters:
    ///   - path: an absolute path without links, so that all its users share a lock.
    ///   - patience: how long a holder may take to let go. A killed process with much memory takes
    ///     a moment to vanish.
    package init(of path: String, patience: Duration = .seconds(2)) throws(Failure) {
        var (folder, file) = ("", path[...])
        if let slash = path.unicodeScalars.lastIndex(of: "/") {
            (folder, file) = (String(path[...slash]), path[path.index(after: slash)...])
        }
        name = "\(folder).\(file)\(Self.suffix)"
        let deadline = ContinuousClock.now + patience
        while true {
            do throws(Failure) {
                if let held = try Self.take(name) {
                    descriptor = Mutex(held)
                    break
                }
            } catch {
                guard case .held = error, ContinuousClock.now < deadline else { throw error }
                usleep(50_000)
            }
        }
        Self.sweep(folder.isEmpty ? "." : folder)
    }

    /// Takes the lock of all work in a folder: a training, a study, a data set.
    package convenience init(inside folder: URL) throws(Failure) {
        let path = folder.resolvingSymlinksInPath().path(percentEncoded: false)
        try self.init(of: path.withoutTrailingSlashes + "/run")
    }

    /// Frees the path; later calls do nothing.
    package func release() {
        descriptor.withLock { file in
            guard let held = file else { return }
            // The name goes before the lock does, while no other process can hold it.
            if Self.isNamed(name, held) { unlink(name) }
            close(held)
            file = nil
        }
    }

    deinit { release() }

    /// Opens and locks a lock file.
    ///
    /// - Returns: `nil` if another process removed the name meanwhile.
    private static func take(_ name: String) throws(Failure) -> Int32? {
        guard let file = try openFile(name) else { return nil }
        var isKept = false
        defer { if !isKept { close(file) } }
        guard isOurs(file) else { throw .foreign(lock: name) }
        // Any other failure: this file system has no locks, and the lock is advisory.
        if flock(file, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK { throw .held(lock: name) }
        guard isNamed(name, file) else { return nil }
        let text = Array("\(marker), process \(getpid())\n".utf8)
        // Another user's file, or one on a full disk, keeps its text: the lock holds all the same.
        if ftruncate(file, 0) == 0 { _ = pwrite(file, text, text.count, 0) }
        isKept = true
        return file
    }

    /// - Returns: `nil` if the file vanished while it was opened.
    private static func openFile(_ name: String) throws(Failure) -> Int32? {
        let flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
        let made = open(name, O_RDWR | O_CREAT | O_EXCL | flags, 0o644)
        guard made < 0 else {
            fchmod(made, 0o644)  // whatever the umask: another user must be able to look at it
            return made
        }
        guard errno == EEXIST else { throw .refused(lock: name, code: errno) }
        for access in [O_RDWR, O_RDONLY] {  // another user's file can still be locked
            let file = open(name, access | flags)
            guard file < 0 else { return file }
            guard [EACCES, EPERM, EROFS].contains(errno) else { break }
        }
        switch errno {
        case ENOENT, EINTR: return nil
        case ELOOP, EISDIR, ENXIO: throw .foreign(lock: name)
        case let code: throw .refused(lock: name, code: code)
        }
    }

    /// Whether an open file is a lock of this program, or still empty.
    private static func isOurs(_ file: Int32) -> Bool {
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink <= 1
        else { return false }
        var text = [UInt8](repeating: 0, count: marker.utf8.count)
        let count = pread(file, &text, text.count, 0)
        return status.st_size == 0 || text.prefix(max(0, count)).elementsEqual(marker.utf8)
    }

    /// Whether a name still leads to an open file.
    private static func isNamed(_ name: String, _ file: Int32) -> Bool {
        var (held, named) = (stat(), stat())
        return fstat(file, &held) == 0 && lstat(name, &named) == 0
            && held.st_ino == named.st_ino && held.st_dev == named.st_dev
    }

    /// Removes the locks that dead processes left in a folder.
    private static func sweep(_ folder: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where name.hasPrefix(".") && name.hasSuffix(suffix) {
            let path = "\(folder)/\(name)"
            let file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
            guard file >= 0 else { continue }
            if isOurs(file), flock(file, LOCK_EX | LOCK_NB) == 0, isNamed(path, file) {
                unlink(path)
            }
            close(file)
        }
    }
}
