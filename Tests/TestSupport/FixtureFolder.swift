package import Foundation

/// A folder of reference tensors, whatever the sizes of its networks.
///
/// An environment variable names it; otherwise it is the package's copy, if there is one. Any folder of the same form
/// will do.
package struct FixtureFolder {
    package enum Failure: Error, CustomStringConvertible {
        case noSuchFile(String, folder: String?, variable: String)

        package var description: String {
            switch self {
            case .noSuchFile(let name, let folder, let variable):
                "\(folder ?? "The package") has no \(name). "
                    + "Set \(variable) to a folder that has it."
            }
        }
    }

    /// The root of the package, two folders above this file's.
    package static let packageRoot: URL = {
        var folder = URL(filePath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return folder
    }()

    /// The streaming networks.
    package static let core = FixtureFolder(
        variable: "ST2V_FIXTURES_CORE", copy: "Tests/Fixtures/core")

    /// The networks of the enhancement stage; the package has some of the files.
    package static let enhancer = FixtureFolder(
        variable: "ST2V_FIXTURES_ENHANCER", copy: "Tests/Fixtures/enhancer")

    /// Flows of torchvision's RAFT, made by `scripts/fixtures/raft.py`; too large for the package.
    package static let raft = FixtureFolder(variable: "ST2V_FIXTURES_RAFT", copy: nil)

    package let variable: String
    private let isNamed: Bool
    private let folder: URL?

    private init(variable: String, copy: String?) {
        self.variable = variable
        let named = ProcessInfo.processInfo.environment[variable, default: ""]
        isNamed = !named.isEmpty
        folder = isNamed ? URL(filePath: named) : copy.map { Self.packageRoot.appending(path: $0) }
    }

    package func contains(_ name: String) -> Bool { (try? url(name)) != nil }

    /// Whether tests can expect `name`: the variable is set, or the package's copy has it.
    package func promises(_ name: String) -> Bool { isNamed || contains(name) }

    package func url(_ name: String) throws -> URL {
        let file = folder?.appending(path: name)
        guard let file, FileManager.default.fileExists(atPath: file.path) else {
            throw Failure.noSuchFile(name, folder: folder?.path, variable: variable)
        }
        return file
    }

    package func data(_ name: String) throws -> Data {
        try Data(contentsOf: url(name))
    }
}
