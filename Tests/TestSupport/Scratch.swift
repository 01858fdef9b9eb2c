package import Foundation

/// A folder for one test, removed when the test lets go of it.
package final class Scratch: Sendable {
    /// Where it is.
    package let folder: URL

    package init(at folder: URL? = nil) throws {
        self.folder =
            folder
            ?? FileManager.default.temporaryDirectory.appending(path: "test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: self.folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    package func url(_ name: String) -> URL { folder.appending(path: name) }

    package func path(_ name: String) -> String { url(name).path }

    /// Puts a text in a file, and gives its path.
    @discardableResult
    package func put(_ text: String, _ name: String) throws -> String {
        try Data(text.utf8).write(to: url(name))
        return path(name)
    }

    /// Names of everything in the folder, in their order.
    package var content: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    }
}
