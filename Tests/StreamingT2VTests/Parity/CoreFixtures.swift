import Checkpoints
import Foundation
import Testing
import Torch

/// The folder of reference tensors: `ST2V_FIXTURES_CORE`, the package's copy, or the folder beside the package.
enum CoreFixtures {
    static func url(_ name: String) throws -> URL {
        let folders: [URL]
        if let path = ProcessInfo.processInfo.environment["ST2V_FIXTURES_CORE"], !path.isEmpty {
            folders = [URL(filePath: path)]
        } else {
            var root = URL(filePath: #filePath)
            for _ in 0..<4 { root.deleteLastPathComponent() }
            folders = [
                root.appending(path: "Tests/Fixtures/core"),
                root.appending(path: "../shared/fixtures/core").standardizedFileURL,
            ]
        }
        let files = folders.map { $0.appending(path: name) }
        return try #require(
            files.first(where: FileManager.default.exists),
            "\(name) is in none of \(folders.map(\.path)); set ST2V_FIXTURES_CORE")
    }
}

/// One file of reference tensors.
struct FixtureFile {
    private let name: String
    private let archive: SafetensorsArchive

    init(_ name: String) throws {
        self.name = name
        archive = try SafetensorsArchive(url: CoreFixtures.url("\(name).safetensors"))
    }

    var names: [String] { archive.names }

    func callAsFunction(_ tensor: String) throws -> Tensor {
        try #require(archive.entries[tensor] != nil, "\(name) lacks \(tensor)")
        return try archive.tensor(tensor)
    }
}
