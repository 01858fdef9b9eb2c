import Foundation

/// A folder of reference tensors, whatever the sizes of its networks.
///
/// It is what an environment variable names, where that is set; otherwise each file is looked for in places relative to
/// the package. Any folder of the same form will do.
struct FixtureFolder {
    enum Failure: Error, CustomStringConvertible {
        case noSuchFile(String, folders: [String], variable: String)

        var description: String {
            switch self {
            case .noSuchFile(let name, let folders, let variable):
                "\(name) is in none of \(folders.joined(separator: ", ")). "
                    + "Set \(variable) to a folder that has it."
            }
        }
    }

    /// The root of the package, three folders above this file's.
    static let packageRoot: URL = {
        var folder = URL(filePath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        return folder
    }()

    /// The streaming networks.
    static let core = FixtureFolder(
        variable: "ST2V_FIXTURES_CORE",
        places: ["Tests/Fixtures/core", "../shared/fixtures/core"])

    /// The networks of the enhancement stage.
    static let enhancer = FixtureFolder(
        variable: "ST2V_FIXTURES_ENHANCER",
        places: ["../shared/fixtures/enhancer", "Tests/Fixtures/enhancer"])

    /// Flows of torchvision's RAFT, made by `scripts/fixtures/raft.py`; too large for the package.
    static let raft = FixtureFolder(
        variable: "ST2V_FIXTURES_RAFT", places: ["../shared/fixtures/raft"])

    let variable: String
    let folders: [URL]

    private init(variable: String, places: [String]) {
        self.variable = variable
        if let path = ProcessInfo.processInfo.environment[variable], !path.isEmpty {
            folders = [URL(filePath: path)]
        } else {
            folders = places.map {
                Self.packageRoot.appending(path: $0).standardizedFileURL
            }
        }
    }

    func contains(_ name: String) -> Bool { (try? url(name)) != nil }

    /// Whether tests can expect `name`: someone has set the variable, or one of the places has it.
    func promises(_ name: String) -> Bool {
        !(ProcessInfo.processInfo.environment[variable] ?? "").isEmpty || contains(name)
    }

    func url(_ name: String) throws -> URL {
        for folder in folders {
            let url = folder.appending(path: name)
            if FileManager.default.fileExists(atPath: url.path(percentEncoded: false)) {
                return url
            }
        }
        throw Failure.noSuchFile(
            name, folders: folders.map { $0.path(percentEncoded: false) }, variable: variable)
    }

    func data(_ name: String) throws -> Data {
        try Data(contentsOf: url(name))
    }
}
