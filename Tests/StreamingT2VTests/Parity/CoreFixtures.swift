import Checkpoints
import Foundation
import Testing
import Torch

/// The folder of reference tensors: what `ST2V_FIXTURES_CORE` names, or the package's copy.
enum CoreFixtures {
    private static let folder: URL = {
        let named = ProcessInfo.processInfo.environment["ST2V_FIXTURES_CORE", default: ""]
        guard named.isEmpty else { return URL(filePath: named) }
        var root = URL(filePath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        return root.appending(path: "Tests/Fixtures/core")
    }()

    static func url(_ name: String) throws -> URL {
        let file = folder.appending(path: name)
        try #require(
            FileManager.default.exists(file),
            "\(folder.path) lacks \(name); correct ST2V_FIXTURES_CORE")
        return file
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
