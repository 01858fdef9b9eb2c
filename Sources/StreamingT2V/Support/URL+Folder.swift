import Foundation

extension URL {
    /// Whether there is a folder at this path, or `nil` if there is nothing.
    var isFolder: Bool? {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            ? isFolder.boolValue : nil
    }
}
