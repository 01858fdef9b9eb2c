import Foundation

/// A file that this process has just made, under a name that was free.
///
/// Nothing that was there before is opened or followed, so a link that somebody planted leads
/// nowhere.
struct FreshFile: Sendable {
    /// The system's error number.
    struct Failure: Error {
        let code: Int32

        var isFullDisk: Bool { code == ENOSPC || code == EDQUOT }
        var reason: String { String(cString: strerror(code)) }
    }

    let path: String
    private let device: UInt64
    private let inode: UInt64

    /// Makes an empty file.
    init(path: String) throws(Failure) {
        let file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard file >= 0 else { throw Failure(code: errno) }
        var status = stat()
        fstat(file, &status)
        close(file)
        (self.path, device, inode) = (path, UInt64(status.st_dev), UInt64(status.st_ino))
    }

    /// Makes an empty hidden file next to another, for what will replace that one.
    init(besides path: String) throws(Failure) {
        let number = UInt64.random(in: 0...UInt64.max)
        let digits = String(number, radix: 16)
        let filled = String(repeating: "0", count: Self.digitCount - digits.count) + digits
        let (folder, name) = Self.split(path)
        try self.init(path: "\(folder)/.\(name).\(filled)\(Self.suffix)")
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

    /// Replaces everything in it.
    func write(_ bytes: [UInt8]) throws(Failure) {
        let file = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { throw Failure(code: errno) }
        var failure = bytes.withUnsafeBytes { (source) -> Int32? in
            var remainder = source[...]
            while !remainder.isEmpty {
                let count = Foundation.write(
                    file, UnsafeRawBufferPointer(rebasing: remainder).baseAddress, remainder.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return count < 0 ? errno : ENOSPC }
                remainder = remainder.dropFirst(count)
            }
            return nil
        }
        if close(file) != 0, failure == nil { failure = errno }
        if let failure { throw Failure(code: failure) }
    }

    /// Gives it the name of another file, which is replaced.
    func rename(to path: String) throws(Failure) {
        guard Foundation.rename(self.path, path) == 0 else { throw Failure(code: errno) }
    }

    /// Removes it, unless another file has its name by now.
    func remove() {
        if size != nil { unlink(path) }
    }

    /// Removes it if nothing is in it.
    func removeIfEmpty() {
        if size == 0 { unlink(path) }
    }

    /// Removes the hidden files that a killed process left for a path.
    static func sweep(besides path: String) {
        let (folder, own) = split(path)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where original(of: name) == own { unlink("\(folder)/\(name)") }
    }

    /// The name of the file that a hidden one was made for; `nil` if it is no such file.
    static func original(of name: String) -> String? {
        let end = digitCount + suffix.utf8.count + 1
        guard name.hasPrefix("."), name.hasSuffix(suffix), name.count > end else { return nil }
        let digits = name.dropLast(suffix.count).suffix(digitCount)
        let stem = name.dropFirst().dropLast(suffix.count + digitCount)
        guard digits.allSatisfy({ $0.isASCII && $0.isHexDigit }), stem.hasSuffix(".") else {
            return nil
        }
        return String(stem.dropLast())
    }

    private static let suffix = ".part"
    private static let digitCount = 16

    private static func split(_ path: String) -> (folder: String, name: String) {
        let path = path as NSString
        return (path.deletingLastPathComponent, path.lastPathComponent)
    }
}
