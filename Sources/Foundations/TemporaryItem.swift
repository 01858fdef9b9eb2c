import Foundation
import Synchronization

/// A hidden temporary file or folder that its process has locked.
///
/// The system drops the lock with the process. So an item that nothing has locked was left by a process that was killed,
/// and the next process that makes one in the same folder removes it.
package final class TemporaryItem: Sendable {
    /// What is made; the names differ.
    package enum Kind: String, CaseIterable, Sendable {
        case file = ".writing-"
        case folder = ".converting-"
    }

    private static let suffix = ".tmp"
    /// Folders that were searched for leftovers; once in each process is enough.
    private static let swept = Mutex<Set<String>>([])

    /// Where it is.
    package let path: String
    /// The open file or folder, which holds the lock.
    package let descriptor: Int32

    /// Makes an empty item with a name that no other has.
    ///
    /// - Parameter folder: where; it must exist.
    package init(in folder: String, kind: Kind) throws(FileWriteError) {
        let folder = folder.hasSuffix("/") ? folder : folder + "/"
        if Self.swept.withLock({ $0.insert(folder).inserted }) { Self.sweep(folder) }
        while true {
            let path =
                folder + kind.rawValue + String(UInt64.random(in: .min ... .max), radix: 36)
                + Self.suffix
            guard let descriptor = Self.make(path, kind) else {
                throw FileWriteError(path, code: errno)
            }
            // Where a file system has no locks, nothing is ever removed.
            flock(descriptor, LOCK_EX | LOCK_NB)
            if Self.isNamed(path, descriptor) {
                (self.path, self.descriptor) = (path, descriptor)
                return
            }
            close(descriptor)  // removed by another process between the last two calls
        }
    }

    deinit { close(descriptor) }

    private static func make(_ path: String, _ kind: Kind) -> Int32? {
        let descriptor: Int32
        switch kind {
        case .file:
            descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
        case .folder:
            guard mkdir(path, 0o777) == 0 else { return nil }
            descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        }
        return descriptor >= 0 ? descriptor : nil
    }

    /// Removes the items in a folder that nothing has locked.
    private static func sweep(_ folder: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names {
            guard let kind = Kind.allCases.first(where: { isName(name, of: $0) }) else { continue }
            let path = folder + name
            let only = kind == .folder ? O_DIRECTORY : 0
            let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | only)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            var status = stat()
            let expected = kind == .folder ? S_IFDIR : S_IFREG
            guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == expected,
                flock(descriptor, LOCK_EX | LOCK_NB) == 0, isNamed(path, descriptor)
            else { continue }
            if kind == .folder {
                try? FileManager.default.removeItem(atPath: path)
            } else {
                unlink(path)
            }
        }
    }

    /// Whether a name has the form that ``init(in:kind:)`` gives; other files are never touched.
    private static func isName(_ name: String, of kind: Kind) -> Bool {
        guard name.hasPrefix(kind.rawValue), name.hasSuffix(suffix) else { return false }
        let middle = name.utf8.dropFirst(kind.rawValue.utf8.count).dropLast(suffix.utf8.count)
        return (1...13).contains(middle.count)
            && middle.allSatisfy { (48...57).contains($0) || (97...122).contains($0) }
    }

    /// Whether a name still leads to an open file or folder.
    private static func isNamed(_ path: String, _ descriptor: Int32) -> Bool {
        var (held, named) = (stat(), stat())
        return fstat(descriptor, &held) == 0 && lstat(path, &named) == 0
            && held.st_ino == named.st_ino && held.st_dev == named.st_dev
    }
}
