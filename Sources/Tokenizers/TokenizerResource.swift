import Foundation

/// A file that belongs to this program.
enum TokenizerResource: String {
    /// The merge rules of CLIP's published vocabulary.
    case clipMerges = "clip-merges.txt"
    /// HTML's names of characters.
    case htmlEntities = "html-entities.txt"

    /// The file, in the folder of resources that the build puts beside the program.
    ///
    /// `Bundle.module` would end the process where that folder is missing.
    ///
    /// - Throws: `TokenizerError.missingResource`.
    func file() throws(TokenizerError) -> URL {
        let program = Bundle.main.executableURL?.resolvingSymlinksInPath()
        let places = [Bundle.main.bundleURL, program?.deletingLastPathComponent()]
            .compactMap {
                $0?.appendingPathComponent("StreamingT2V_Tokenizers.resources/Resources")
            }
        let files = places.map { $0.appendingPathComponent(rawValue) }
        guard let file = files.first(where: { FileManager.default.fileExists(atPath: $0.path) })
        else {
            throw .missingResource(name: rawValue, places: places.map(\.path))
        }
        return file
    }

    /// The file's text.
    func text() throws(TokenizerError) -> String {
        try CLIPTokenizerFiles.readText(file())
    }
}
