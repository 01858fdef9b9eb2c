import Foundation

/// What a path names, links followed.
enum FileKind: Sendable {
    case missing, file, folder

    init(path: String) {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
            self = isFolder.boolValue ? .folder : .file
        } else {
            self = .missing
        }
    }
}
