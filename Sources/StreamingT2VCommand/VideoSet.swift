import Evaluation
import Foundation

/// The videos of a folder: files with a video's extension, and folders of PNG frames.
enum VideoSet {
    private static let extensions: Set = [
        "mp4", "m4v", "mov", "mkv", "webm", "avi", "gif", "mpg", "mpeg",
    ]

    /// Paths of the videos in two folders, in one order.
    ///
    /// - Throws: `EvaluationError.unpaired` if a name is in one of them only.
    static func paired(
        _ first: String, _ second: String
    ) throws(EvaluationError) -> ([String], [String]) {
        var names: [[String]] = []
        for folder in [first, second] {
            guard let found = videos(in: folder) else {
                throw .unpaired(
                    first: first, second: second,
                    reason: "\(folder) is no folder. Give two folders of videos or two JSON files")
            }
            names.append(found)
        }
        let lonely = Set(names[0]).symmetricDifference(names[1]).sorted()
        guard lonely.isEmpty else {
            throw .unpaired(
                first: first, second: second,
                reason: "only one of both has \(lonely.prefix(5).joined(separator: ", "))")
        }
        guard !names[0].isEmpty else {
            throw .unpaired(first: first, second: second, reason: "there are no videos")
        }
        return (names[0].map { "\(first)/\($0)" }, names[1].map { "\(second)/\($0)" })
    }

    private static func videos(in folder: String) -> [String]? {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            return nil
        }
        return names.filter { name in
            let path = "\(folder)/\(name)"
            if let inside = try? FileManager.default.contentsOfDirectory(atPath: path) {
                return inside.contains { $0.hasPrefix("frame-") && $0.hasSuffix(".png") }
            }
            return extensions.contains((name as NSString).pathExtension.lowercased())
        }.sorted()
    }
}
