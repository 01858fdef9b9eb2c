import Foundation
import Foundations

/// One repository's folder in the cache: `blobs/<name>`, `refs/<revision>`, `snapshots/<commit>/<path>`.
///
/// Contents lie in `blobs` once; a snapshot consists of relative symbolic links to them.
///
/// Source: huggingface_hub, "Understand caching" in its documentation.
struct RepositoryCache: Sendable {
    /// The repository's folder.
    let folder: String

    init(_ repository: ModelRepository, in cache: URL) {
        folder = cache.appending(path: repository.folderName).path
    }

    /// The folder that bears a commit's files.
    func snapshot(_ commit: String) -> String { "\(folder)/snapshots/\(commit)" }

    /// Where contents lie once they are whole and checked.
    func blob(_ name: String) -> String { "\(folder)/blobs/\(name)" }

    /// Where contents lie while they arrive.
    func partial(_ name: String) -> String { blob(name) + ".incomplete" }

    /// Whether the contents are there, by length; the hash was checked before they got their name.
    func has(_ file: RepositoryFile) -> Bool { Self.length(blob(file.blob)) == file.size }

    /// Bytes of the contents that are on the disk already.
    func partialLength(_ file: RepositoryFile) -> Int {
        min(Self.length(partial(file.blob)) ?? 0, file.size)
    }

    /// Makes the folder for contents.
    func makeBlobFolder() throws(HubError) { try Self.make(folder + "/blobs") }

    /// Puts files in the folder of a commit.
    ///
    /// - Throws: `HubError.unsafePath` if a link in that folder leads elsewhere.
    func link(_ files: [RepositoryFile], commit: String) throws(HubError) {
        let root = snapshot(commit)
        try Self.make(root)
        for file in files {
            let parent = try makeFolders(of: file.path, in: root)
            let depth = file.path.split(at: "/").count - 1
            let target = String(repeating: "../", count: depth + 2) + "blobs/" + file.blob
            let path = "\(root)/\(file.path)"
            let old = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
            if old == target { continue }
            let temporary = "\(parent)/.\(UInt64.random(in: 0 ... .max)).tmp"
            guard symlink(target, temporary) == 0 else { throw .system(temporary) }
            guard rename(temporary, path) == 0 else {
                let error = HubError.system(path)
                unlink(temporary)
                throw error
            }
        }
    }

    /// Notes which commit a branch or tag is.
    func refer(_ repository: ModelRepository, to commit: String) throws(HubError) {
        guard !repository.isCommit, self.commit(of: repository) != commit else { return }
        let root = "\(folder)/refs"
        try Self.make(root)
        _ = try makeFolders(of: repository.revision, in: root)
        let path = "\(root)/\(repository.revision)"
        do {
            try AtomicFile.save(Data(commit.utf8), to: URL(fileURLWithPath: path))
        } catch {
            throw .cache(path: path, reason: error.reason)
        }
    }

    /// The commit that a revision was when it was last fetched.
    func commit(of repository: ModelRepository) -> String? {
        if repository.isCommit { return repository.revision }
        let path = "\(folder)/refs/\(repository.revision)"
        let data = try? BoundedFile.contents(of: URL(fileURLWithPath: path), limit: 40)
        let text = data.flatMap { String(data: $0, encoding: .utf8) }
        return text.flatMap { $0.isHexadecimal(digits: 40) ? $0 : nil }
    }

    /// The files of a commit that are in the cache, by path.
    func files(of commit: String) -> [RepositoryFile] {
        let root = snapshot(commit)
        let paths = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
        return paths.sorted().compactMap { path in
            guard let size = Self.length("\(root)/\(path)"),
                let target = try? FileManager.default.destinationOfSymbolicLink(
                    atPath: "\(root)/\(path)")
            else { return nil }
            return RepositoryFile(
                path: path, size: size, blob: (target as NSString).lastPathComponent)
        }
    }

    /// Bytes that are free where the cache is, or will be.
    func freeBytes() -> Int? {
        var place = URL(fileURLWithPath: folder)
        var space = statvfs()
        while statvfs(place.path, &space) != 0 {
            guard place.path != "/" else { return nil }
            place.deleteLastPathComponent()
        }
        // Some network file systems tell nothing and report zero blocks.
        guard space.f_blocks > 0 else { return nil }
        let (free, overflow) = UInt64(space.f_bavail).multipliedReportingOverflow(
            by: UInt64(space.f_frsize))
        return overflow ? nil : Int(clamping: free)
    }

    /// Makes the folders that a path inside `root` needs, none of which may be a link.
    ///
    /// - Returns: the innermost one.
    private func makeFolders(of path: String, in root: String) throws(HubError) -> String {
        var place = root
        for part in path.split(at: "/").dropLast() {
            place += "/\(part)"
            var status = stat()
            if lstat(place, &status) == 0 {
                guard status.st_mode & S_IFMT == S_IFDIR else {
                    throw .unsafePath(path: path, reason: "\(place) is no folder")
                }
            } else if mkdir(place, 0o777) != 0 {
                throw .system(place)
            }
        }
        return place
    }

    private static func make(_ folder: String) throws(HubError) {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw .cache(path: folder, reason: error.localizedDescription)
        }
    }

    /// Length of what is a file, links followed.
    private static func length(_ path: String) -> Int? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }
}
