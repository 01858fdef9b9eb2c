public import Foundation
public import StreamingT2V

/// Keeps the videos of a study as files, with the manifest that `generate` would write next to each.
public struct StudyKeeper {
    private let folder: URL

    /// Names a folder, which is made with the first video.
    public init(folder: URL) { self.folder = folder }

    private func path(of task: StudyTask) -> String {
        folder.appendingPathComponent("\(task.name).mp4").path
    }

    /// Whether a video is there and whole.
    func has(_ task: StudyTask) -> Bool {
        let path = path(of: task)
        return FileManager.default.fileExists(atPath: path)
            && ManifestFile.outcome(of: path) == .complete
    }

    /// Where a video goes; it may replace what a study has left, and nothing else.
    func destination(_ task: StudyTask) throws -> VideoDestination {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = path(of: task)
        return VideoDestination(path, overwrite: ManifestFile.outcome(of: path) != nil)
    }
}
