import Foundation

/// What a path names, links followed.
package enum FileKind: Sendable, Hashable {
    case missing, file, folder
    /// A pipe, socket or device, which may block whoever opens it; the text says which.
    case special(String)

    package init(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            self = .missing
            return
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: self = .file
        case S_IFDIR: self = .folder
        case S_IFIFO: self = .special("named pipe")
        case S_IFSOCK: self = .special("socket")
        default: self = .special("device")
        }
    }
}
