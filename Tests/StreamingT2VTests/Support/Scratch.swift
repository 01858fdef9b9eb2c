import Foundation

/// A folder of its own for one test, removed when the test lets go of it.
final class Scratch {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory
            .appending(path: "streaming-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }
}

extension FileManager {
    /// Whether something is at `url`.
    func exists(_ url: URL) -> Bool { fileExists(atPath: url.path(percentEncoded: false)) }
}
