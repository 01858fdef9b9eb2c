import Foundation
import Foundations

/// The finished videos of a study, a line of JSON each: what lets a study that was stopped go on.
struct StudyJournal {
    /// The largest file that is read, in bytes.
    private static let sizeLimit = 1 << 30

    let file: URL
    private(set) var videos: [StudyVideo] = []

    /// Reads what is there.
    ///
    /// A last line without an end, which a run that was stopped may leave, is taken away.
    ///
    /// - Throws: `EvaluationError.notAStudy`, and what Foundation says about files.
    init(file: URL) throws {
        self.file = file
        guard FileManager.default.fileExists(atPath: file.path) else { return }
        let data: Data
        do {
            data = try BoundedFile.contents(of: file, limit: Self.sizeLimit)
        } catch {
            throw EvaluationError.notAStudy(file: file.path, reason: "\(error)")
        }
        let newline = UInt8(ascii: "\n")
        let whole = data.lastIndex(of: newline).map { $0 + 1 } ?? 0
        for (number, line) in data[..<whole].split(separator: newline).enumerated() {
            guard let video = try? JSONDecoder().decode(StudyVideo.self, from: Data(line)),
                video.isPlausible
            else {
                throw EvaluationError.notAStudy(
                    file: file.path, reason: "video \(number + 1) has another form")
            }
            videos.append(video)
        }
        if whole < data.count {
            let handle = try FileHandle(forUpdating: file)
            try handle.truncate(atOffset: UInt64(whole))
            try handle.close()
        }
    }

    /// The finished video of a task with these settings, if there is one.
    func video(of task: StudyTask, _ settings: StudySettings) -> StudyVideo? {
        videos.last { $0.task == task && $0.settings == settings }
    }

    /// Adds a finished video to the file.
    mutating func append(_ video: StudyVideo) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try LineFile(file).append(encoder.encode(video))
        videos.append(video)
    }
}
