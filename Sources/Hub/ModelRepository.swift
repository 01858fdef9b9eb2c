public import Foundation
import Foundations

/// A model's repository on the hub, and the revision of it that is meant.
public struct ModelRepository: Sendable, Hashable {
    /// `owner/name`, or `name` alone for the oldest ones.
    public let id: String
    /// A branch, a tag or a commit.
    public let revision: String

    /// Checks the names.
    ///
    /// - Parameters:
    ///   - id: `owner/name`: letters, digits, `-`, `_` and `.`; no `--` or `..`; at most 96 characters.
    ///   - revision: a branch, a tag or a commit.
    /// - Throws: `HubError.invalidRepository`, `HubError.invalidRevision`.
    public init(_ id: String, revision: String = "main") throws(HubError) {
        let parts = id.split(at: "/", omittingEmpty: false)
        let isName = { (part: String) in
            part.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic
                        || "0123456789-_.".unicodeScalars.contains(scalar))
            }
                && !part.isEmpty && !"-.".contains(part.prefix(1)) && !"-.".contains(part.suffix(1))
        }
        guard (1...2).contains(parts.count), parts.allSatisfy(isName), id.count <= 96,
            !id.contains("--"), !id.contains("..")
        else { throw .invalidRepository(id) }
        guard RepositoryFile.problem(ofPath: revision) == nil else {
            throw .invalidRevision(revision)
        }
        self.id = id
        self.revision = revision
    }

    /// The folder with the revision's files in the cache; the network is not asked.
    ///
    /// - Throws: `HubError.notCached`.
    public func cachedFolder(_ settings: HubSettings) throws(HubError) -> URL {
        let cache = RepositoryCache(self, in: settings.cacheFolder)
        guard let commit = cache.commit(of: self),
            case let folder = URL(fileURLWithPath: cache.snapshot(commit)),
            FileManager.default.fileExists(atPath: folder.path)
        else {
            throw .notCached(
                repository: id, revision: revision, folder: settings.cacheFolder.path)
        }
        return folder
    }

    /// The folder in the cache.
    var folderName: String { "models--" + id.split(at: "/").joined(separator: "--") }

    /// Whether the revision is itself a commit, which no reference needs to name.
    var isCommit: Bool { revision.isHexadecimal(digits: 40) }
}

extension String {
    /// Whether this is a number of so many lowercase hexadecimal digits.
    func isHexadecimal(digits: Int) -> Bool {
        utf8.count == digits
            && utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}
