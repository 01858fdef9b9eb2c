import Foundation

/// The folder of reference tensors for the streaming networks.
///
/// It is `ST2V_FIXTURES_CORE`, where that is set; otherwise each file is looked for in the package's own copy and then
/// beside the package. Any folder of the same form will do, whatever its sizes.
enum CoreFixtures {
    enum Failure: Error, CustomStringConvertible {
        case noSuchFile(String, folders: [String])

        var description: String {
            switch self {
            case .noSuchFile(let name, let folders):
                "\(name) is in none of \(folders.joined(separator: ", ")). "
                    + "Set ST2V_FIXTURES_CORE to a folder that has it."
            }
        }
    }

    /// The root of the package, three folders above this file's.
    static let packageRoot: URL = {
        var folder = URL(filePath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        return folder
    }()

    static var folders: [URL] {
        if let path = ProcessInfo.processInfo.environment["ST2V_FIXTURES_CORE"], !path.isEmpty {
            return [URL(filePath: path)]
        }
        return [
            packageRoot.appending(path: "Tests/Fixtures/core"),
            packageRoot.appending(path: "../shared/fixtures/core").standardizedFileURL,
        ]
    }

    static func url(_ name: String) throws -> URL {
        for folder in folders {
            let url = folder.appending(path: name)
            if FileManager.default.fileExists(atPath: url.path(percentEncoded: false)) {
                return url
            }
        }
        throw Failure.noSuchFile(name, folders: folders.map { $0.path(percentEncoded: false) })
    }

    static func data(_ name: String) throws -> Data {
        try Data(contentsOf: url(name))
    }
}
