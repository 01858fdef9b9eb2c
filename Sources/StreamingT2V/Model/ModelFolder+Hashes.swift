import Checkpoints
import Foundation

extension ModelFolder {
    /// SHA-256 of every weight file, by its path in the folder.
    public func weightHashes() throws -> [String: String] {
        var hashes: [String: String] = [:]
        for component in Component.allCases where has(component) && component.hasWeights {
            let archive = try SafetensorsArchive(url: weights(component))
            for file in archive.files {
                hashes["\(component.rawValue)/\(file.url.lastPathComponent)"] = file.sha256()
            }
        }
        return hashes
    }
}
