import Foundation
import Foundations

/// One file that a revision of a repository holds.
public struct RepositoryFile: Sendable, Hashable {
    /// The path inside the repository; it stays inside the folder of the snapshot.
    public let path: String
    /// Length in bytes.
    public let size: Int
    /// The name of the contents: a large file's SHA-256, another one's git blob SHA-1, or else the hub's ETag.
    public let blob: String

    /// Lengths that a file can have, in bytes; the sum of all that a list may hold fits into an `Int`.
    static let sizes = 0...1 << 46

    /// What is wrong with a path that is to lie inside a folder, or `nil`.
    static func problem(ofPath path: String) -> String? {
        let parts = path.split(at: "/", omittingEmpty: false)
        if path.isEmpty || path.utf8.count > 1024 { return "the path is empty or too long" }
        if path.utf8.first == UInt8(ascii: "/") { return "the path begins with /" }
        if parts.contains("..") || parts.contains(".") { return "the path has a part . or .." }
        if parts.contains("") { return "the path has an empty part" }
        if path.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 || $0 == "\\" }) {
            return "the path has a backslash or a control character"
        }
        return nil
    }

    /// Whether the path fits one of the shell patterns, in which `*` stands for any characters, `/` too.
    ///
    /// - Parameters:
    ///   - path: of a file in the repository.
    ///   - patterns: with `*`, `?` and `[…]`; one that ends with `/` means all in that folder. None fit all.
    static func fits(_ path: String, _ patterns: [String]) -> Bool {
        patterns.isEmpty
            || patterns.contains { fnmatch($0.endsWithSlash ? $0 + "*" : $0, path, 0) == 0 }
    }
}

/// The hub's list of files of one revision.
///
/// Source: the hub's API, `GET /api/models/{repo}/revision/{revision}?blobs=true`.
struct RepositoryListing: Decodable {
    /// One line of the list.
    struct Sibling: Decodable {
        /// What is known of a file that is kept outside git.
        struct LargeFile: Decodable {
            let sha256: String?
            let size: Int?
        }

        let rfilename: String
        let size: Int?
        let blobId: String?
        let lfs: LargeFile?

        /// The name of the contents, if the list has it.
        var blob: String? { lfs == nil ? blobId : lfs?.sha256 }

        /// The file, if the list has its hash and size.
        var file: RepositoryFile? {
            guard let blob, let size = lfs?.size ?? size else { return nil }
            return RepositoryFile(path: rfilename, size: size, blob: blob)
        }
    }

    /// The longest list, in bytes, and the most files in it.
    static let (lengthLimit, countLimit) = (64 << 20, 100_000)
    /// The most files without a hash or size, which are asked for one by one.
    static let unsizedLimit = 256

    let sha: String
    let siblings: [Sibling]

    /// Reads and checks a list.
    ///
    /// - Parameter address: named in errors.
    /// - Throws: `HubError.invalidAnswer`, `HubError.unsafePath`.
    static func decode(_ data: Data, address: String) throws(HubError) -> RepositoryListing {
        let listing: RepositoryListing
        do {
            listing = try JSONDecoder().decode(RepositoryListing.self, from: data)
        } catch {
            throw .invalidAnswer(address: address, reason: "no list of files with a commit")
        }
        guard listing.sha.isHexadecimal(digits: 40) else {
            throw .invalidAnswer(address: address, reason: "‘\(listing.sha)’ is no commit")
        }
        guard listing.siblings.count <= countLimit else {
            throw .invalidAnswer(
                address: address,
                reason: "it lists \(listing.siblings.count) files, more than \(countLimit)")
        }
        for sibling in listing.siblings {
            if let reason = RepositoryFile.problem(ofPath: sibling.rfilename) {
                throw .unsafePath(path: sibling.rfilename, reason: reason)
            }
            if let blob = sibling.blob, !blob.isHexadecimal(digits: sibling.lfs == nil ? 40 : 64) {
                throw .invalidAnswer(
                    address: address, reason: "\(sibling.rfilename) has the hash ‘\(blob)’")
            }
            for size in [sibling.size, sibling.lfs?.size].compactMap(\.self) {
                guard RepositoryFile.sizes.contains(size) else {
                    throw .invalidAnswer(
                        address: address, reason: "\(sibling.rfilename) has \(size) bytes")
                }
            }
        }
        return listing
    }
}
