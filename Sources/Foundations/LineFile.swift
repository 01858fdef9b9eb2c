package import Foundation

/// A file that grows by whole lines: logs and journals.
///
/// A line that cannot be written leaves no part of it behind, and a file without a line does not come into being.
package struct LineFile: Sendable {
    private let path: String

    /// Names a file; it is made with the first line.
    package init(_ url: URL) { path = url.path(percentEncoded: false) }

    /// Appends a line.
    ///
    /// - Parameter line: without its end.
    /// - Throws: ``FileWriteError``; the file is then as it was before.
    package func append(_ line: Data) throws(FileWriteError) {
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw FileWriteError(path, code: errno) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw FileWriteError(path, code: errno) }
        var bytes = [UInt8](line)
        bytes.append(UInt8(ascii: "\n"))
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let error = FileWriteError(path, code: count < 0 ? errno : ENOSPC)
                if status.st_mode & S_IFMT == S_IFREG {
                    ftruncate(file, status.st_size)
                    if status.st_size == 0 { unlink(path) }
                }
                throw error
            }
            done += count
        }
    }
}
