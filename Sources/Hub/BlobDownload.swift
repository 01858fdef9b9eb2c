import Foundation

/// Completes the contents of one file: fetches the rest, checks length and hash, gives them their name.
struct BlobDownload: Sendable {
    let file: RepositoryFile
    let commit: String
    let cache: RepositoryCache
    let connection: HubConnection
    let tally: Tally

    /// - Throws: `HubError`, `CancellationError`; both keep what arrived, except for what is wrong.
    func run() async throws {
        let partial = try PartialFile(cache.partial(file.blob))
        // Another process may have completed it before this one got the lock.
        if cache.has(file) {
            partial.remove()
            return tally.change { $0.files += 1 }
        }
        if partial.length > file.size { try restart(partial) }
        try await connection.persistently(position: { partial.furthest }) {
            while partial.length < file.size { try await fetchRest(partial) }
        }
        guard partial.length == file.size else {
            partial.remove()
            throw HubError.wrongLength(
                path: file.path, expected: file.size, actual: partial.length)
        }
        if let hash = try partial.hash(as: file.blob), hash != file.blob {
            partial.remove()
            throw HubError.wrongHash(path: file.path, expected: file.blob, actual: hash)
        }
        try partial.commit(as: cache.blob(file.blob))
        tally.change { $0.files += 1 }
    }

    /// Fetches what is missing.
    private func fetchRest(_ partial: PartialFile) async throws {
        let start = partial.length
        do {
            try await connection.fetch(
                file.path, commit: commit, range: start == 0 ? nil : start..<file.size
            ) { answer in
                if let length = answer.fileLength, length != file.size {
                    partial.remove()
                    throw HubError.wrongLength(
                        path: file.path, expected: file.size, actual: length)
                }
                if answer.firstByte != start { try restart(partial) }
                guard answer.firstByte == partial.length else {
                    throw HubError.invalidAnswer(
                        address: file.path, reason: "other bytes than were asked for")
                }
            } onData: { data in
                try partial.append(data)
                tally.change {
                    $0.bytes += data.count
                    $0.received += data.count
                }
                guard partial.length <= file.size else {
                    partial.remove()
                    throw HubError.wrongLength(
                        path: file.path, expected: file.size, actual: partial.length)
                }
            }
        } catch HubError.refused(let address, 416) where start > 0 {
            try restart(partial)
            throw PassingFailure(error: .refused(address: address, status: 416))
        }
        // An answer that begins anew each time would never end.
        guard partial.length > start else {
            throw PassingFailure(
                error: .unreachable(address: file.path, reason: "the connection broke"))
        }
    }

    /// Begins anew, where what is there cannot be used.
    private func restart(_ partial: PartialFile) throws(HubError) {
        let lost = partial.length
        try partial.clear()
        tally.change { $0.bytes -= min(lost, file.size) }
    }
}
