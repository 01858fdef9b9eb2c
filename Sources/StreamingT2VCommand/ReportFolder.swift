import Foundation
import Foundations
import VideoIO

/// A folder that a command writes its report to.
struct ReportFolder {
    /// The folder.
    let url: URL

    /// Checks that the files of a report can be made, before work starts.
    ///
    /// - Parameters:
    ///   - path: the folder; its parent must exist.
    ///   - names: the files of the report.
    ///   - overwrite: whether files of these names may be replaced.
    /// - Throws: `VideoIOError`.
    init(_ path: String, for names: [String], overwrite: Bool) throws {
        url = URL(fileURLWithPath: path)
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
        guard isFolder.boolValue || !exists else {
            throw VideoIOError.outputWrongKind(path: path, isFolder: false)
        }
        let parent = url.deletingLastPathComponent().path
        guard exists || FileManager.default.fileExists(atPath: parent) else {
            throw VideoIOError.folderMissing(folder: parent, path: path)
        }
        guard FileManager.default.isWritableFile(atPath: exists ? url.path : parent) else {
            throw VideoIOError.folderNotWritable(
                folder: exists ? url.path : parent, reason: "no permission to write")
        }
        for name in names where !overwrite {
            let file = url.appendingPathComponent(name).path
            guard !FileManager.default.fileExists(atPath: file) else {
                throw VideoIOError.outputExists(path: file)
            }
        }
    }

    /// The folder of a study that goes on where it was stopped.
    ///
    /// Its report is replaced where the study's journal shows that the folder is a study's.
    init(study path: String, for names: [String]) throws {
        let journal = URL(fileURLWithPath: path).appendingPathComponent(Self.journalName)
        let isStudy = FileManager.default.fileExists(atPath: journal.path)
        try self.init(path, for: names, overwrite: isStudy)
    }

    /// The finished videos of a study.
    static let journalName = "videos.jsonl"

    /// Writes one of the files; makes the folder if it is missing.
    func write(_ data: Data, _ name: String) throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        try AtomicFile.save(data, to: url.appendingPathComponent(name))
    }
}
