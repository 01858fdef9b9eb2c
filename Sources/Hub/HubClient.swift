import Foundation
import Synchronization

/// Fetches files of a model hub into the cache that huggingface_hub uses as well.
public struct HubClient: Sendable {
    /// Files that are fetched at the same time.
    static let parallelFiles = 4

    private let settings: HubSettings

    /// - Parameter settings: where the hub and the cache are.
    public init(_ settings: HubSettings) {
        self.settings = settings
    }

    /// Finds out which files there are and which of them are missing in the cache, without writing.
    ///
    /// - Parameters:
    ///   - repository: which one, at which revision.
    ///   - patterns: shell patterns, in which `*` fits `/` too; each must fit a file. None means all files.
    /// - Throws: `HubError`, `CancellationError`.
    public func plan(
        _ repository: ModelRepository, patterns: [String] = []
    ) async throws
        -> DownloadPlan
    {
        let cache = RepositoryCache(repository, in: settings.cacheFolder)
        let (commit, files) =
            settings.isOffline
            ? try cachedFiles(repository, cache: cache, patterns: patterns)
            : try await listedFiles(repository, patterns: patterns)
        let there = files.filter { settings.isOffline || cache.has($0) }
        let cached = Set(there.map(\.path))
        var blobs = Set(there.map(\.blob))
        var bytes = 0
        for file in files where blobs.insert(file.blob).inserted {
            bytes += file.size - cache.partialLength(file)
        }
        return DownloadPlan(
            repository: repository, commit: commit, files: files, cached: cached,
            snapshot: cache.snapshot(commit), bytesToFetch: bytes)
    }

    /// Fetches what is missing, checks it, and then puts all files of the plan in the snapshot's folder.
    ///
    /// Cancelling the task keeps what arrived; the next download goes on there.
    ///
    /// - Parameters:
    ///   - plan: what ``plan(_:patterns:)`` found.
    ///   - progress: called for every piece that arrives, on any thread.
    /// - Throws: `HubError`, `CancellationError`.
    public func download(
        _ plan: DownloadPlan, progress: @escaping @Sendable (DownloadProgress) -> Void = { _ in }
    ) async throws {
        guard !settings.isOffline else { return }
        let cache = RepositoryCache(plan.repository, in: settings.cacheFolder)
        if let free = cache.freeBytes(), plan.bytesToFetch > free {
            throw HubError.noSpace(
                folder: settings.cacheFolder.path, needed: plan.bytesToFetch, free: free)
        }
        let missing = plan.missing
        if !missing.isEmpty {
            try cache.makeBlobFolder()
            let tally = Tally(
                DownloadProgress(
                    bytes: missing.reduce(0) { $0 + cache.partialLength($1) },
                    totalBytes: missing.reduce(0) { $0 + $1.size }, totalFiles: missing.count),
                show: progress)
            let connection = HubConnection(settings: settings, repository: plan.repository)
            try await inParallel(missing) { file in
                try await BlobDownload(
                    file: file, commit: plan.commit, cache: cache, connection: connection,
                    tally: tally
                ).run()
            }
        }
        try cache.link(plan.files, commit: plan.commit)
        try cache.refer(plan.repository, to: plan.commit)
    }

    private func listedFiles(
        _ repository: ModelRepository, patterns: [String]
    ) async throws -> (String, [RepositoryFile]) {
        let connection = HubConnection(settings: settings, repository: repository)
        let listing = try await connection.listing()
        let paths = listing.siblings.map(\.rfilename)
        for pattern in patterns where !paths.contains(where: { RepositoryFile.fits($0, [pattern]) })
        {
            throw HubError.noMatch(patterns: [pattern], repository: repository.id)
        }
        let wanted = listing.siblings.filter { RepositoryFile.fits($0.rfilename, patterns) }
        var files = wanted.compactMap(\.file)
        guard wanted.count - files.count <= RepositoryListing.unsizedLimit else {
            throw HubError.invalidAnswer(
                address: settings.endpoint,
                reason: "it lists \(wanted.count - files.count) files without a size or hash, "
                    + "more than \(RepositoryListing.unsizedLimit)")
        }
        for sibling in wanted where sibling.file == nil {
            let path = sibling.rfilename
            let (blob, size) = try await connection.head(path, commit: listing.sha)
            files.append(RepositoryFile(path: path, size: size, blob: blob))
        }
        return (listing.sha, files.sorted { $0.path < $1.path })
    }

    private func cachedFiles(
        _ repository: ModelRepository, cache: RepositoryCache, patterns: [String]
    ) throws -> (String, [RepositoryFile]) {
        let commit = cache.commit(of: repository)
        let files = commit.map(cache.files) ?? []
        let wanted = files.filter { RepositoryFile.fits($0.path, patterns) }
        let isComplete = patterns.allSatisfy { pattern in
            wanted.contains { RepositoryFile.fits($0.path, [pattern]) }
        }
        guard let commit, !wanted.isEmpty, isComplete else {
            throw HubError.notCached(
                repository: repository.id, revision: repository.revision, folder: cache.folder)
        }
        return (commit, wanted)
    }

    /// Does something for all files, a few at a time; the first error ends the rest.
    private func inParallel(
        _ files: [RepositoryFile], _ body: @escaping @Sendable (RepositoryFile) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, file) in files.enumerated() {
                if index >= Self.parallelFiles { try await group.next() }
                group.addTask { try await body(file) }
            }
            try await group.waitForAll()
        }
    }
}

/// Adds up what the parallel downloads do.
final class Tally: Sendable {
    private let progress: Mutex<DownloadProgress>
    private let show: @Sendable (DownloadProgress) -> Void

    init(_ start: DownloadProgress, show: @escaping @Sendable (DownloadProgress) -> Void) {
        progress = Mutex(start)
        self.show = show
    }

    func change(_ body: (inout DownloadProgress) -> Void) {
        let now = progress.withLock { progress in
            body(&progress)
            return progress
        }
        show(now)
    }
}
