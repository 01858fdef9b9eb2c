import Foundation
import Foundations
import StreamingT2V
import VideoIO

/// Throws if an output is the input, whose frames would be overwritten before they are read.
///
/// - Parameters:
///   - input: what the input is called in the message.
///   - field: what names the output.
func requireOtherFile(
    than path: String, _ output: String, input: FailureText = "the input", field: String = "output"
) throws(InvalidField) {
    func place(_ path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
    }
    guard place(path) != place(output) else {
        throw InvalidField(field, "is \(input); choose another name")
    }
}

/// Throws unless a file can be made at a path, or replaced there if that is allowed.
func requirePlace(for path: String, overwrite: Bool) throws(VideoIOError) {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    guard !isFolder.boolValue else { throw .outputWrongKind(path: path, isFolder: true) }
    guard overwrite || !exists else { throw .outputExists(path: path) }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard FileManager.default.fileExists(atPath: folder) else {
        throw .folderMissing(folder: folder, path: path)
    }
    guard FileManager.default.isWritableFile(atPath: folder) else {
        throw .folderNotWritable(folder: folder, reason: "no permission to write")
    }
}

/// Keeps other processes from working in the same folder.
///
/// - Throws: `VideoIOError.outputBusy`, `.folderNotWritable`.
func lockFolder(_ folder: URL) throws(VideoIOError) -> FileLock {
    do {
        return try FileLock(inside: folder)
    } catch .held {
        throw .outputBusy(path: folder.path)
    } catch {
        throw .folderNotWritable(folder: folder.path, reason: error.reason)
    }
}
