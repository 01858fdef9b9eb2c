import Foundation
import TestSupport
import StreamingT2V

/// A tiny model in the layout of the release, whose streaming checkpoint has base weights of its own; made once.
enum SynthesizedModel {
    private static let root = FileManager.default.temporaryDirectory
        .appending(path: "synthesized-\(UUID().uuidString)")

    private static let made = Result {
        atexit { try? FileManager.default.removeItem(at: SynthesizedModel.root) }
        return try ModelSynthesis(size: .tiny, type: .float32, seed: 3).write(to: root)
    }

    static func folder() throws -> ModelFolder { try made.get() }

    /// A copy that a test may change.
    static func copy(to scratch: Scratch) throws -> ModelFolder {
        let copy = scratch.folder.appending(path: "model")
        try FileManager.default.copyItem(at: folder().url, to: copy)
        return ModelFolder(copy)
    }
}
