/// Which files of a repository are wanted, and which of them have to be fetched.
public struct DownloadPlan: Sendable {
    /// What was asked for.
    public let repository: ModelRepository
    /// The commit that the revision is: 40 hexadecimal digits.
    public let commit: String
    /// The wanted files, by path.
    public let files: [RepositoryFile]
    /// Paths of the files whose contents are in the cache already.
    public let cached: Set<String>
    /// The folder in which the files are after the download.
    public let snapshot: String
    /// Bytes that have to be fetched; equal contents and those of a broken-off download count once.
    public let bytesToFetch: Int

    /// Bytes of all wanted files.
    public var bytes: Int { files.reduce(0) { $0 + $1.size } }

    /// One file for each of the contents that have to be fetched, the largest first.
    var missing: [RepositoryFile] {
        var blobs: Set<String> = []
        return files.sorted { $0.size > $1.size }.filter {
            !cached.contains($0.path) && blobs.insert($0.blob).inserted
        }
    }
}

/// How far a download is.
public struct DownloadProgress: Sendable, Hashable {
    /// Bytes on the disk, those of a broken-off download counted in.
    public var bytes: Int
    /// Bytes that came over the network in this run.
    public var received = 0
    /// Bytes of all contents that this run has to complete.
    public let totalBytes: Int
    /// Contents that are complete and checked.
    public var files = 0
    /// Contents that this run has to complete.
    public let totalFiles: Int
}
