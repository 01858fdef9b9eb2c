import Foundation
import TestSupport
import StreamingT2V

/// The tiny model that all tests of a process read; made once, removed when the process ends.
enum SharedModel {
    private static let root = FileManager.default.temporaryDirectory
        .appending(path: "streaming-shared-\(UUID().uuidString)")

    private static let made = Result {
        atexit { try? FileManager.default.removeItem(at: SharedModel.root) }
        return try TinyModel.make(at: root)
    }

    static func folder() throws -> ModelFolder { try made.get() }

    /// A copy that a test may damage.
    static func copy(to scratch: Scratch) throws -> ModelFolder {
        let copy = scratch.folder.appending(path: "model")
        try FileManager.default.copyItem(at: folder().url, to: copy)
        return ModelFolder(copy)
    }
}
