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

/// One file of reference tensors, and a ledger of which of them a test has used.
final class FixtureFile {
    private let name: String
    private let archive: SafetensorsArchive
    private var used: Set<String> = []

    init(_ name: String) throws {
        self.name = name
        archive = try SafetensorsArchive(url: CoreFixtures.url("\(name).safetensors"))
    }

    var names: [String] { archive.names }

    /// A tensor; it counts as used from here on.
    func callAsFunction(_ tensor: String) throws -> Tensor {
        try #require(archive.entries[tensor] != nil, "\(name) lacks \(tensor)")
        used.insert(tensor)
        return try archive.tensor(tensor)
    }

    /// Fails for each tensor that no test has asked for.
    func expectAllUsed(sourceLocation: SourceLocation = #_sourceLocation) {
        for tensor in names where !used.contains(tensor) {
            Issue.record(
                "\(name): the test does not know the tensor \(tensor)",
                sourceLocation: sourceLocation)
        }
    }
}
